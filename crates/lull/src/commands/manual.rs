//! `lull completions` and `lull man`: what shells and manuals are told of the command line.
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Command, ValueEnum};
use clap_complete::aot::{Bash, Fish, Zsh, generate};

use crate::failed::{Exit, Failed};
use crate::session::print;

/// Prints what a shell completes by.
#[derive(Args, Clone, Debug)]
pub struct Completions {
    /// Which shell
    pub shell: Shell,
}

/// A shell.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shell {
    /// GNU Bash
    Bash,
    /// Z shell
    Zsh,
    /// fish
    Fish,
}

/// Prints or writes the manual.
#[derive(Args, Clone, Debug)]
pub struct Man {
    /// Write a page for each command into this folder, instead of printing the first
    pub dir: Option<PathBuf>,
}

impl Completions {
    /// Prints them.
    ///
    /// # Errors
    /// Standard output is gone.
    pub fn run(&self, mut command: Command) -> Result<(), Failed> {
        let mut script = Vec::new();
        match self.shell {
            Shell::Bash => generate(Bash, &mut command, "lull", &mut script),
            Shell::Zsh => generate(Zsh, &mut command, "lull", &mut script),
            Shell::Fish => generate(Fish, &mut command, "lull", &mut script),
        }
        print(&String::from_utf8_lossy(&script))
    }
}

impl Man {
    /// Prints the first page, or writes all.
    ///
    /// # Errors
    /// The output or the folder cannot be written to.
    pub fn run(&self, mut command: Command) -> Result<(), Failed> {
        command.build();
        match &self.dir {
            None => print(&page(&command)?),
            Some(dir) => {
                let failed = |error| Failed::new(Exit::Unexpected, format!("writing to {}: {error}", dir.display()));
                fs::create_dir_all(dir).map_err(failed)?;
                written(&command, "lull", dir)
            }
        }
    }
}

/// Writes the page of a command, and of all below it: `lull-target-add.1`.
fn written(command: &Command, name: &str, dir: &Path) -> Result<(), Failed> {
    let file = dir.join(format!("{name}.1"));
    let text = page(command)?;
    fs::write(&file, text)
        .map_err(|error| Failed::new(Exit::Unexpected, format!("writing {}: {error}", file.display())))?;
    for below in command.get_subcommands().filter(|below| !below.is_hide_set() && below.get_name() != "help") {
        written(below, &format!("{name}-{}", below.get_name()), dir)?;
    }
    Ok(())
}

fn page(command: &Command) -> Result<String, Failed> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}
