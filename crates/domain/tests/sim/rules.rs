//! The rules of engagements as switches of the simulation: each is switched off by spoiling what goes into the domain or
//! comes out of it, so that the product has no switch.
use super::judge::Promise;

/// A rule that can be left out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
pub enum Rule {
    /// A failed revert keeps its receipt.
    ReceiptKept,
    /// Nothing is sent while an earlier call may still act.
    Quiet,
    /// A captured engagement is read back before it is dropped.
    ReadBack,
    /// A report with an outdated number is late.
    Numbers,
    /// Between check and send the process looks at its deadline again.
    DeadlineAgain,
    /// The receipt is stored before the first call.
    ReceiptFirst,
    /// Found stopped before our first call: struck.
    StrikeStopped,
    /// Struck only if somebody else has run it since our last stop.
    StrikeOnlyRan,
    /// What the outside itself brought back is stopped again.
    HeldDown,
    /// Stop takes newcomers while entering.
    Newcomers,
    /// Started is reported only when healthy.
    HealthyFirst,
    /// A person's start is respected.
    TakenOver,
    /// A revert waits while something it needs is held or down.
    WaitsForNeeds,
    /// Dependents stop first.
    StopsInOrder,
    /// Every operation begins with a reading.
    OpReadsFirst,
    /// A reading that began before the engagement last changed is thrown away.
    FreshReading,
    /// Hold, release, entered and left are decided in the transaction that stores them.
    DecidedInside,
    /// A further hold looks for what runs; entered needs a reading newer than its hold.
    JoinReads,
    /// Who releases last is answerable until it is paid.
    Answerable,
    /// A lost connection is no report.
    LostIsNoReport,
    /// A late report names what it changed, and that goes into the receipt.
    LateRepairs,
    /// A report does not pay a reading that was asked for meanwhile.
    LookStays,
    /// A value is set only where it still is the one captured, or ours.
    CompareSet,
    /// Only what still equals ours is put back.
    CompareBack,
    /// Struck or accepted: a value of ours is put back all the same.
    StruckValueBack,
    /// `accept` is a way out.
    Accept,
    /// Holds before releases over all maintenances; a release waits for what is due.
    StartsFirst,
    /// Past its limit a leaving maintenance passes on what waits for another one.
    LimitPasses,
    /// `accept` waits for a call that may still act.
    AcceptWaits,
    /// Gone with a successor that ran and stopped: a person's doing.
    Successor,
    /// Our own start is nobody else's: what died again stays owed.
    OwnStartIsOurs,
    /// An order is appended to the log with what it was decided on.
    Logged,
    /// The clock's orders are given.
    DueGiven,
    /// Boot evidence explains only what started with the restart.
    BootByStart,
    /// Runs again while somebody enters: stopped again, never struck.
    EnteringNotStruck,
    /// A new hold takes over what is owed.
    HoldKeepsReceipt,
    /// Called is told per thing, not per engagement.
    PerThing,
    /// What was captured and never called is dropped at the release.
    NeverCalledDropped,
    /// What was struck under earlier holds is taken by a later one.
    LaterHoldTakes,
    /// Gone without a successor: reported, not owed.
    GoneIsNoDebt,
    /// The quiet time is waited out on a monotonic clock.
    Monotonic,
    /// A call that never reported is remembered: what ended while it may have acted is in doubt ours.
    LostRemembered,
    /// A start of ours that is not yet well stays owed, also when a hold captures it anew.
    StartsWell,
    /// Boot evidence is stored with the intent: only a restart after our stop brings back.
    BootStored,
    /// Free after a stop that never reported: read once more, and what is down is told.
    DoubtTold,
    /// What is to be backed up is stopped only after that.
    BackupFirst,
    /// What is in progress is closed, whatever the clock says.
    GateByFact,
    /// Where something is to be put back, the gate stays closed past the end, until it is told.
    GateUntilTold,
    /// A target is closed until what was stopped there is back.
    GateUntilBack,
    /// What every gate has is fenced, not what one has.
    FencedByAll,
    /// A reminder covers all that are due with it.
    RemindedTogether,
    /// What comes later than what it announces is not told.
    StaleDropped,
    /// The owner is asked once about an end.
    AskedOnce,
    /// A nudge covers the time that has passed.
    NudgedOnce,
    /// What the clock has used of a budget is stored.
    BudgetKept,
    /// Where it is asked for, a second person approves.
    SecondPerson,
}

/// Every rule that can be left out.
pub const ALL: &[Rule] = &[
    Rule::ReceiptKept,
    Rule::Quiet,
    Rule::ReadBack,
    Rule::Numbers,
    Rule::DeadlineAgain,
    Rule::ReceiptFirst,
    Rule::StrikeStopped,
    Rule::StrikeOnlyRan,
    Rule::HeldDown,
    Rule::Newcomers,
    Rule::HealthyFirst,
    Rule::TakenOver,
    Rule::WaitsForNeeds,
    Rule::StopsInOrder,
    Rule::OpReadsFirst,
    Rule::FreshReading,
    Rule::DecidedInside,
    Rule::JoinReads,
    Rule::Answerable,
    Rule::LostIsNoReport,
    Rule::LateRepairs,
    Rule::LookStays,
    Rule::CompareSet,
    Rule::CompareBack,
    Rule::StruckValueBack,
    Rule::Accept,
    Rule::StartsFirst,
    Rule::LimitPasses,
    Rule::AcceptWaits,
    Rule::Successor,
    Rule::OwnStartIsOurs,
    Rule::Logged,
    Rule::DueGiven,
    Rule::BootByStart,
    Rule::EnteringNotStruck,
    Rule::HoldKeepsReceipt,
    Rule::PerThing,
    Rule::NeverCalledDropped,
    Rule::LaterHoldTakes,
    Rule::GoneIsNoDebt,
    Rule::Monotonic,
    Rule::LostRemembered,
    Rule::StartsWell,
    Rule::BootStored,
    Rule::DoubtTold,
    Rule::BackupFirst,
    Rule::GateByFact,
    Rule::GateUntilTold,
    Rule::GateUntilBack,
    Rule::FencedByAll,
    Rule::RemindedTogether,
    Rule::StaleDropped,
    Rule::AskedOnce,
    Rule::NudgedOnce,
    Rule::BudgetKept,
    Rule::SecondPerson,
];

/// The rules in force, and by which promise alone a history is judged; by all, where none is named.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    off: Vec<Rule>,
    alone: Option<Promise>,
}

impl Rules {
    pub fn without(off: &[Rule]) -> Rules {
        Rules { off: off.to_vec(), alone: None }
    }

    /// The same rules, judged by this promise alone: that a judge can fail is seen where no other speaks first.
    pub fn judged_by(self, promise: Promise) -> Rules {
        Rules { alone: Some(promise), ..self }
    }

    pub fn has(&self, rule: Rule) -> bool {
        !self.off.contains(&rule)
    }

    pub fn all(&self) -> bool {
        self.off.is_empty()
    }

    pub fn judges(&self, promise: Promise) -> bool {
        self.alone.is_none_or(|alone| alone == promise)
    }
}
