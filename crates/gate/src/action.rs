//! What may be asked, what may be answered.
use serde::{Deserialize, Serialize};

/// Something that a subject wants to do on a target.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Action {
    /// Start a workload.
    #[serde(rename = "workload.start")]
    WorkloadStart,
    /// Restart a workload.
    #[serde(rename = "workload.restart")]
    WorkloadRestart,
    /// Log in.
    #[serde(rename = "login")]
    Login,
    /// Open a session without a login, by an API say.
    #[serde(rename = "session.create")]
    SessionCreate,
    /// Go on in a session of the user interface.
    #[serde(rename = "session.use.ui")]
    SessionUseUi,
    /// Go on in a session of an API.
    #[serde(rename = "session.use.api")]
    SessionUseApi,
    /// Make a session last longer.
    #[serde(rename = "session.renew")]
    SessionRenew,
    /// Book targets.
    #[serde(rename = "reservation.create")]
    ReservationCreate,
    /// Take back a cancelled booking.
    #[serde(rename = "reservation.restore")]
    ReservationRestore,
    /// Change the time of a booking.
    #[serde(rename = "reservation.move")]
    ReservationMove,
    /// Reach what is booked.
    #[serde(rename = "reservation.use")]
    ReservationUse,
    /// Hand in an execution.
    #[serde(rename = "execution.accept")]
    ExecutionAccept,
    /// Begin an execution.
    #[serde(rename = "execution.start")]
    ExecutionStart,
    /// Begin a task of an execution.
    #[serde(rename = "task.start")]
    TaskStart,
    /// Deploy or redeploy.
    #[serde(rename = "deploy")]
    Deploy,
    /// A request that only reads: GET, HEAD, OPTIONS.
    #[serde(rename = "request.read")]
    RequestRead,
    /// Any other request.
    #[serde(rename = "request.write")]
    RequestWrite,
}

impl Action {
    /// Every action, in the order of the documentation.
    pub const ALL: [Action; 17] = [
        Action::WorkloadStart,
        Action::WorkloadRestart,
        Action::Login,
        Action::SessionCreate,
        Action::SessionUseUi,
        Action::SessionUseApi,
        Action::SessionRenew,
        Action::ReservationCreate,
        Action::ReservationRestore,
        Action::ReservationMove,
        Action::ReservationUse,
        Action::ExecutionAccept,
        Action::ExecutionStart,
        Action::TaskStart,
        Action::Deploy,
        Action::RequestRead,
        Action::RequestWrite,
    ];
}

/// The names, in the order of [`Action::ALL`].
const NAMES: [&str; 17] = [
    "workload.start",
    "workload.restart",
    "login",
    "session.create",
    "session.use.ui",
    "session.use.api",
    "session.renew",
    "reservation.create",
    "reservation.restore",
    "reservation.move",
    "reservation.use",
    "execution.accept",
    "execution.start",
    "task.start",
    "deploy",
    "request.read",
    "request.write",
];

impl Action {
    /// The action as enforcers say it.
    pub const fn name(self) -> &'static str {
        NAMES[self as usize]
    }

    /// The action of this name.
    pub fn named(name: &str) -> Option<Action> {
        Action::ALL.into_iter().find(|action| action.name() == name)
    }
}

/// What the gate says, least strict first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// Go ahead.
    #[default]
    Allow,
    /// Go ahead, and say this to whoever asked.
    Warn,
    /// Not accepted; come back later.
    Defer,
    /// Accepted, and held by somebody.
    Queue,
    /// Refused.
    Deny,
}

impl Answer {
    /// The answer as enforcers hear it.
    pub const fn name(self) -> &'static str {
        match self {
            Answer::Allow => "allow",
            Answer::Warn => "warn",
            Answer::Defer => "defer",
            Answer::Queue => "queue",
            Answer::Deny => "deny",
        }
    }
}
