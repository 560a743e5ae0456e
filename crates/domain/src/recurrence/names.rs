//! Days, months and small numbers by name, as they are said and understood.

/// The days of the week, from Monday.
pub const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
/// The months of the year.
pub const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
/// From the first.
pub const ORDINALS: [&str; 5] = ["first", "second", "third", "fourth", "fifth"];
/// From one.
pub const NUMBERS: [&str; 6] = ["one", "two", "three", "four", "five", "six"];
/// Said of a rule that names a day which some months or years do not have.
pub const LEFT_OUT: &str = "(left out where there is no such day)";
