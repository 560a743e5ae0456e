//! `lull`: the server, the demo and every command that one types.
mod cli;
mod commands;
mod contexts;
mod demo;
mod failed;
mod find;
mod left;
mod paint;
mod serve;
mod session;
mod time;
mod wait;
mod words;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

use cli::{Cli, Command};
use failed::{Exit, Failed};
use session::{Connection, Session, Shown, Typed};

fn main() -> ExitCode {
    let cli = typed();
    paint::decide(cli.connection.no_color);
    let is_json = cli.connection.json;
    let done = match cli.command {
        // What idles for hours needs no runtime.
        Command::DemoProcess(process) => return process.run(),
        Command::Openapi => session::print(&lull_server::openapi()),
        Command::Context(command) => {
            let Connection { url, token_file, typed, .. } = cli.connection.clone();
            command.run(url.filter(|_| typed.url), token_file, Shown::by(&cli.connection))
        }
        Command::Completions(completions) => completions.run(Cli::command()),
        Command::Man(man) => man.run(Cli::command()),
        Command::Serve(serve) => within(serve.run()),
        Command::Demo(demo) => within(demo.run()),
        Command::Client(command) => {
            Session::open(&cli.connection).and_then(|session| within(async move { command.run(&session).await }))
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => {
            if let Some(problem) = failed.problem.as_ref().filter(|_| is_json) {
                println!("{problem:#}");
            }
            eprintln!("{}", paint::failure(&failed.to_string()));
            ExitCode::from(failed.exit as u8)
        }
    }
}

/// What was typed; ends the program where that makes no sense.
fn typed() -> Cli {
    // Help and complaints are printed before the option is read.
    let no_color = std::env::args_os().any(|word| word == "--no-color");
    let choice = if no_color { clap::ColorChoice::Never } else { clap::ColorChoice::Auto };
    let matches = Cli::command().color(choice).get_matches();
    match Cli::from_arg_matches(&matches) {
        Ok(mut cli) => {
            cli.connection.typed = Typed::of(&matches);
            cli
        }
        Err(error) => error.exit(),
    }
}

/// Runs to the end what waits for the outside.
fn within(work: impl Future<Output = Result<(), Failed>>) -> Result<(), Failed> {
    let runtime = tokio::runtime::Runtime::new();
    let runtime = runtime.map_err(|error| Failed::new(Exit::Unexpected, format!("starting the runtime: {error}")))?;
    runtime.block_on(work)
}
