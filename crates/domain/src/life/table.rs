//! The table of commands and states, as data; `docs/transitions.md` is printed from it.
use std::fmt::Write as _;

use super::{Life, Outcome, Phase, State, Verb, Verdict, verdict};

/// One row: the verbs it decides about, its name in print, and a cell for each state.
pub struct Row {
    /// The verbs.
    pub verbs: &'static [Verb],
    /// Name and who may give it.
    pub name: &'static str,
    /// Draft, scheduled, entering, active, verifying, leaving, completed, cancelled.
    pub cells: [Cell; 8],
}

/// What a command does from one state.
#[derive(Clone, Copy)]
pub struct Cell {
    does: Does,
    /// Printed behind the sign; behind a refusal it is also said to the caller.
    note: &'static str,
}

#[derive(Clone, Copy)]
enum Does {
    To(State),
    Gone,
    Stays,
    Same,
    SameIf(Outcome),
    ToOutcome,
    As(Verb),
    ExcludeOnly,
    No,
}

use State::{A, E, L, S, V, X};

const OK: Cell = Cell { does: Does::Stays, note: "" };
const SAME: Cell = Cell { does: Does::Same, note: "" };
const LATE: Cell = Cell { does: Does::Same, note: "late" };
const NO: Cell = Cell { does: Does::No, note: "" };
const ONLY: Cell = Cell { does: Does::ExcludeOnly, note: "" };

const fn to(state: State) -> Cell {
    Cell { does: Does::To(state), note: "" }
}

const fn no(note: &'static str) -> Cell {
    Cell { does: Does::No, note }
}

const fn same_if(outcome: Outcome) -> Cell {
    Cell { does: Does::SameIf(outcome), note: "" }
}

const fn as_(verb: Verb) -> Cell {
    Cell { does: Does::As(verb), note: "" }
}

const fn noted(cell: Cell, note: &'static str) -> Cell {
    Cell { note, ..cell }
}

const fn row(verbs: &'static [Verb], name: &'static str, cells: [Cell; 8]) -> Row {
    Row { verbs, name, cells }
}

/// Every command from every state.
#[rustfmt::skip]
pub const TABLE: &[Row] = &[
    //                                                                             D  S  E  A  V  L  C  X
    row(&[Verb::Schedule], "schedule (P)", [to(S), SAME, NO, NO, NO, NO, NO, NO]),
    row(&[Verb::EditTexts], "edit texts (P)", [OK, OK, OK, OK, OK, OK, NO, NO]),
    row(&[Verb::EditStart], "edit starts_at (P; T when the rules of its zone changed)", [OK, OK, NO, NO, NO, NO, NO, NO]),
    row(&[Verb::EditScopeOrPolicy, Verb::Exclude], "edit scope, policy (P)", [OK, OK, ONLY, ONLY, ONLY, NO, NO, NO]),
    row(&[Verb::EditEnd], "edit end rule (P)", [OK, OK, OK, OK, OK, NO, NO, NO]),
    row(&[Verb::Extend], "extend, shorten to t > now (P; T within its overrun budget)",
        [OK, OK, OK, OK, OK, no("\"start a new one, it takes over what is still held\""), NO, NO]),
    row(&[Verb::Approve], "approve (another P)", [NO, OK, SAME, SAME, SAME, NO, NO, NO]),
    row(&[Verb::Start], "start (P, T, O)",
        [noted(to(E), "(P, O; T ✗)"), to(E), SAME, SAME, noted(SAME, "(never re-closes)"), NO, NO, NO]),
    row(&[Verb::Miss, Verb::Skip], "miss (T), skip an occurrence (P, T)", [NO, to(X), NO, NO, NO, NO, NO, NO]),
    row(&[Verb::Update], "update (P)", [NO, OK, OK, OK, OK, OK, NO, NO]),
    row(&[Verb::Verify], "verify (P)", [NO, NO, no("naming what is missing"), to(V), SAME, NO, NO, NO]),
    row(&[Verb::Reenter], "reenter (P)", [NO, NO, SAME, SAME, to(E), NO, NO, NO]),
    row(&[Verb::Complete], "complete (P, T, own O)",
        [NO, no("\"cancel\""), to(L), to(L), to(L), same_if(Outcome::Completed), SAME, NO]),
    row(&[Verb::Cancel], "cancel (P)", [to(X), to(X), to(L), to(L), to(L), same_if(Outcome::Cancelled), NO, SAME]),
    row(&[Verb::Delete], "delete (P)",
        [Cell { does: Does::Gone, note: "" }, as_(Verb::Cancel), as_(Verb::Complete), as_(Verb::Complete), as_(Verb::Complete), SAME, NO, NO]),
    row(&[Verb::Tell], "remind, ask owner, nudge, overdue, expired, drain late, approval lapsed (T)", [NO, OK, OK, OK, OK, NO, NO, NO]),
    row(&[Verb::LeavingLate], "leaving late (T)", [NO, NO, NO, NO, NO, OK, NO, NO]),
    row(&[Verb::Entered], "entered (G)", [NO, NO, to(A), SAME, noted(LATE, "late, logged"), LATE, LATE, LATE]),
    row(&[Verb::Left], "left (G)", [NO, NO, NO, NO, NO, Cell { does: Does::ToOutcome, note: "" }, SAME, SAME]),
    row(&[Verb::Trouble], "trouble (G)", [NO, NO, OK, OK, OK, OK, LATE, LATE]),
];

/// The commands a person can give, for "what is possible from here".
pub(super) const VERBS: &[(&str, Verb)] = &[
    ("schedule", Verb::Schedule),
    ("edit", Verb::EditTexts),
    ("exclude", Verb::Exclude),
    ("extend", Verb::Extend),
    ("start", Verb::Start),
    ("update", Verb::Update),
    ("verify", Verb::Verify),
    ("reenter", Verb::Reenter),
    ("complete", Verb::Complete),
    ("cancel", Verb::Cancel),
    ("delete", Verb::Delete),
];

/// The cell for this verb in this state.
pub(super) fn cell(verb: Verb, state: State) -> Cell {
    let row = TABLE.iter().find(|row| row.verbs.contains(&verb)).expect("a test asserts a row for every verb");
    let cell = row.cells[state as usize];
    match cell.does {
        Does::ExcludeOnly if verb == Verb::Exclude => OK,
        _ => cell,
    }
}

impl Cell {
    /// What this cell says about a life in its state.
    pub(super) fn verdict(self, life: &Life) -> Verdict {
        let leaves_as = life.progress().and_then(|progress| match &progress.phase {
            Phase::Leaving(leaving) => Some(leaving.outcome),
            Phase::Entering | Phase::Active | Phase::Verifying => None,
        });
        match self.does {
            Does::To(_) | Does::Gone | Does::Stays | Does::ToOutcome => Verdict::Go,
            Does::Same => Verdict::Same,
            Does::SameIf(outcome) if leaves_as == Some(outcome) => Verdict::Same,
            Does::SameIf(_) | Does::No => Verdict::No(self.note),
            Does::ExcludeOnly => Verdict::No("exclude only"),
            Does::As(verb) => cell(verb, life.state()).verdict(life),
        }
    }

    fn printed(self) -> String {
        let sign = match self.does {
            Does::To(state) => format!("→{state:?}"),
            Does::Gone => "gone".to_owned(),
            Does::Stays => "✓".to_owned(),
            Does::Same => "=".to_owned(),
            Does::SameIf(Outcome::Completed) => "= if leaving as completed, else ✗".to_owned(),
            Does::SameIf(Outcome::Cancelled) => "= if leaving as cancelled, else ✗".to_owned(),
            Does::ToOutcome => "→C or →X".to_owned(),
            Does::As(verb) => format!("as {}", format!("{verb:?}").to_lowercase()),
            Does::ExcludeOnly => "exclude only".to_owned(),
            Does::No => "✗".to_owned(),
        };
        if self.note.is_empty() { sign } else { format!("{sign} {}", self.note) }
    }
}

/// The commands that a person could give from here with effect.
pub fn possible(life: &Life) -> Vec<String> {
    VERBS.iter().filter(|(_, verb)| verdict(life, *verb) == Verdict::Go).map(|(name, _)| (*name).to_owned()).collect()
}

/// The table as the page `docs/transitions.md` shows it.
pub fn printed() -> String {
    let mut page = String::from(
        "| command (who: P person or token, T schedule, O observer, G engine) | D | S | E | A | V | L | C | X |\n|---|---|---|---|---|---|---|---|---|\n",
    );
    for row in TABLE {
        let cells: Vec<String> = row.cells.iter().map(|cell| cell.printed()).collect();
        writeln!(page, "| {} | {} |", row.name, cells.join(" | ")).expect("writing to a string cannot fail");
    }
    page
}
