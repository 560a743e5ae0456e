//! What the types of problems mean, and what to do about each.

/// One type of problem.
pub struct Row {
    /// The last part of its type.
    pub kind: &'static str,
    /// Its name in words.
    pub title: &'static str,
    /// With which statuses it comes.
    pub statuses: &'static str,
    /// What happened.
    pub meaning: &'static str,
    /// What to do.
    pub remedy: &'static str,
}

/// Every type that there is.
pub const PROBLEMS: [Row; 10] = [
    Row {
        kind: "bad-input",
        title: "Bad input",
        statuses: "400",
        meaning: "Something in the request cannot be: `field` says what, by its place in the body, the name of a parameter \
                  or of a header. Nothing was changed.",
        remedy: "Correct that field as `remedy` says. Sent again as it is, it is refused again.",
    },
    Row {
        kind: "not-found",
        title: "Not found",
        statuses: "404, 405",
        meaning: "There is no such thing, or your token may not see it; the two are not told apart. With 405 the path is \
                  there and does not know that method: the header `Allow` names those it does.",
        remedy: "Look in the list for what you may see, and in the reference for paths and methods.",
    },
    Row {
        kind: "forbidden",
        title: "Forbidden",
        statuses: "401, 403",
        meaning: "With 401 the request has no token that is still good. With 403 the token is good, and lacks the role or \
                  the permission: `detail` says which, and where.",
        remedy: "Send `Authorization: Bearer lull_…`, or ask an administrator of that part of the estate for the role.",
    },
    Row {
        kind: "held",
        title: "Held by somebody else",
        statuses: "409",
        meaning: "Whoever entered is who leaves: a person ends what a person started, an observer what it started. \
                  `holders` names who holds it, and what ends it.",
        remedy: "Wait for that, ask the holder, or break the glass with `break_glass` and a reason, if you may.",
    },
    Row {
        kind: "state",
        title: "Not possible in this state",
        statuses: "409",
        meaning: "The maintenance is in a state that does not allow this command: `state` says in which, `possible` names \
                  the commands that can be given now.",
        remedy: "Give one of those, or wait until the state has changed.",
    },
    Row {
        kind: "conflict",
        title: "Conflict",
        statuses: "409",
        meaning: "It collides with something that exists: a path that is taken, a target that is needed, a scope in which \
                  Lull itself runs.",
        remedy: "`detail` names what is in the way. Change that first, or choose otherwise.",
    },
    Row {
        kind: "stale",
        title: "Changed since",
        statuses: "412",
        meaning: "The header `If-Match` names a revision that is no longer the present one: somebody was faster. Nothing was \
                  changed. `revision` and the header `ETag` say which there is now.",
        remedy: "Read it again, decide on what it says now, and send that revision.",
    },
    Row {
        kind: "idempotency",
        title: "The key of another request",
        statuses: "409, 422",
        meaning: "With 422 a request with this `Idempotency-Key`, on this route and with your token, was carried out with \
                  another body. With 409 one is being carried out at this moment, or was carried out and its answer was lost.",
        remedy: "After 422 send a new key with each change. After 409 ask again in a moment, with the same key and body. Keys \
                 are kept for 7 days.",
    },
    Row {
        kind: "too-large",
        title: "Too large",
        statuses: "413, 414, 431",
        meaning: "The body is larger than 256 KiB (8 MiB with a calendar or many questions to the gate), or the head of the request larger than the server reads.",
        remedy: "Send less at a time; what is asked in one batch can be asked in several.",
    },
    Row {
        kind: "unavailable",
        title: "Unavailable for now",
        statuses: "408, 500, 503",
        meaning: "With 503 something that it takes is not to be had for now: the store, an adapter, time. With 408 the rest of \
                  the request did not come in time. With 500 something in Lull broke, and its log says what.",
        remedy: "Try again after the seconds that `Retry-After` names, with the same `Idempotency-Key` where you change \
                 something. Report a 500, with the time and the request.",
    },
];
