//! The command line as it is typed, and as it explains itself.
use clap::CommandFactory;
use clap::error::ErrorKind;

use super::*;

fn refused(words: &str) -> ErrorKind {
    Cli::try_parse_from(words.split_whitespace()).expect_err(words).kind()
}

fn accepted(words: &str) {
    if let Err(error) = Cli::try_parse_from(words.split_whitespace()) {
        panic!("{words}: {error}");
    }
}

#[test]
fn no_two_options_are_in_each_others_way() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_has_a_sentence_and_an_example() {
    fn check(command: &clap::Command, path: &str) {
        for below in command.get_subcommands().filter(|below| !below.is_hide_set() && below.get_name() != "help") {
            let path = format!("{path} {}", below.get_name());
            assert!(below.get_about().is_some(), "{path} says nothing of itself");
            if below.has_subcommands() {
                check(below, &path);
            } else {
                let example = below.get_after_help().map(ToString::to_string).unwrap_or_default();
                assert!(example.contains(&format!("Example:{path}")), "{path} has no example: {example}");
            }
        }
    }
    let mut command = Cli::command();
    command.build();
    check(&command, " lull");
}

#[test]
fn every_example_is_a_command() {
    fn check(command: &clap::Command) {
        for below in command.get_subcommands() {
            let example = below.get_after_help().map(ToString::to_string).unwrap_or_default();
            if let Some((_, example)) = example.rsplit_once("Example: ") {
                let quoted = example.split('"').enumerate();
                let words = quoted
                    .flat_map(|(n, text)| if n % 2 == 1 { vec![text] } else { text.split_whitespace().collect() });
                Cli::try_parse_from(words).unwrap_or_else(|error| panic!("{example}: {error}"));
            }
            check(below);
        }
    }
    check(&Cli::command());
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_is_sent() {
    assert_eq!(refused("lull enter"), ErrorKind::MissingRequiredArgument);
    assert_eq!(refused("lull enter a --for 2h --until 03:00"), ErrorKind::ArgumentConflict);
    assert_eq!(refused("lull enter a --for soon"), ErrorKind::ValueValidation);
    assert_eq!(refused("lull extend a"), ErrorKind::MissingRequiredArgument);
    assert_eq!(refused("lull extend a --by 1h --until 03:00"), ErrorKind::ArgumentConflict);
    assert_eq!(refused("lull complete a --break-glass"), ErrorKind::MissingRequiredArgument);
    assert_eq!(refused("lull accept a"), ErrorKind::MissingRequiredArgument);
    assert_eq!(refused("lull update a text --percent 101"), ErrorKind::ValueValidation);
    assert_eq!(refused("lull token create a --kind person"), ErrorKind::MissingRequiredArgument);
    assert_eq!(refused("lull target add a"), ErrorKind::MissingRequiredArgument);
}

#[test]
fn options_of_the_connection_may_stand_anywhere() {
    accepted("lull --json --url http://a list");
    accepted("lull list --json --url http://a --token t");
    accepted("lull target list --token-file f");
}

#[test]
fn the_help_says_what_there_is_and_how_it_ends() {
    insta::assert_snapshot!(Cli::command().term_width(100).render_help());
}

#[test]
fn the_help_of_enter_is_precise() {
    let mut command = Cli::command().term_width(100);
    let enter = command.find_subcommand_mut("enter").expect("it is there");
    insta::assert_snapshot!(enter.render_long_help());
}
