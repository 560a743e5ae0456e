//! Whether this process's clock agrees with that of the database, which all processes on it share.
use lull_domain::{Instant, Span};

/// Clocks that differ by more are told of.
const TOLD: Span = Span::seconds(1);
/// With clocks that differ by more nothing is done to the outside: starts and ends would come at the wrong time.
const TRUSTED: Span = Span::seconds(30);

/// How two clocks stand to each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Agreement {
    /// Within a second, or there is one clock only.
    #[default]
    Agrees,
    /// They differ, and both may be used.
    Differs,
    /// They differ so much that this process does nothing.
    IsOff,
}

impl Agreement {
    /// What these two times, read at one moment, come to.
    pub fn of(ours: Instant, theirs: Option<Instant>) -> Agreement {
        let differ = theirs.map_or(0, |theirs| (ours - theirs).0.saturating_abs());
        match differ {
            differ if differ > TRUSTED.0 => Agreement::IsOff,
            differ if differ > TOLD.0 => Agreement::Differs,
            _ => Agreement::Agrees,
        }
    }

    /// Says in the server's log that it is another one than before.
    pub fn tell(self, before: Agreement) {
        match self {
            now if now == before => {}
            Agreement::Agrees => tracing::info!("this server's clock agrees with the database's again"),
            Agreement::Differs => {
                tracing::warn!(
                    "this server's clock is more than 1 s off the database's; let both follow a time server"
                );
            }
            Agreement::IsOff => tracing::error!(
                "this server's clock is more than 30 s off the database's: nothing is stopped or started from here until \
                 they agree; let both follow a time server"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_told_of_beyond_a_second_and_not_trusted_beyond_thirty_either_way() {
        let ours = Instant(1_000_000_000_000);
        for (off, agreement) in [
            (Span(0), Agreement::Agrees),
            (Span::seconds(1), Agreement::Agrees),
            (Span(1_000_001), Agreement::Differs),
            (Span::seconds(30), Agreement::Differs),
            (Span(30_000_001), Agreement::IsOff),
        ] {
            assert_eq!(Agreement::of(ours, Some(ours + off)), agreement, "{off:?} ahead");
            assert_eq!(Agreement::of(ours + off, Some(ours)), agreement, "{off:?} behind");
        }
        assert_eq!(Agreement::of(ours, None), Agreement::Agrees);
    }
}
