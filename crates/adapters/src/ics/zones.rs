//! Which zone of the time-zone database a calendar means.
use std::collections::HashMap;

use jiff::tz::TimeZone;

use super::lines::{Block, Kind};
use super::{entries, text_of};

/// The zones that a text describes itself, by the name it gives them.
pub(super) struct Zones(HashMap<String, String>);

impl Zones {
    /// Those that say which place they are.
    pub(super) fn of(blocks: &[Block]) -> Zones {
        let described = blocks.iter().filter(|block| block.kind == Kind::Zone).filter_map(|block| {
            let said = entries(block);
            Some((text_of(&said, "TZID")?, text_of(&said, "X-LIC-LOCATION")?))
        });
        Zones(described.collect())
    }

    /// The database's name for what a calendar calls so: its own name, the place that the calendar itself gives, the name that
    /// Windows has for it, or the end of a longer one (`/freeassociation.sourceforge.net/Europe/Berlin`).
    pub(super) fn iana(&self, name: &str) -> Option<String> {
        known(name)
            .or_else(|| self.0.get(name).and_then(|place| known(place)))
            .or_else(|| known(&name.parse::<calcard::common::timezone::Tz>().ok()?.name()?))
            .or_else(|| name.match_indices('/').find_map(|(slash, _)| known(&name[slash + 1..])))
    }
}

/// The name as the database writes it.
fn known(name: &str) -> Option<String> {
    // These are files beside the database, and no places.
    if name.len() > 64 || matches!(name, "localtime" | "posixrules" | "Factory") {
        return None;
    }
    TimeZone::get(name).ok()?.iana_name().map(str::to_owned)
}
