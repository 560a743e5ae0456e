//! `lull`: the server, the demo and every command that one types.
mod cli;
mod commands;
mod demo;
mod failed;
mod find;
mod left;
mod serve;
mod session;
mod time;
mod wait;
mod words;

use std::process::ExitCode;

use clap::Parser;

use cli::{Cli, Command};
use failed::{Exit, Failed};
use session::Session;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let is_json = cli.connection.json;
    let done = match cli.command {
        // What idles for hours needs no runtime.
        Command::DemoProcess(process) => return process.run(),
        Command::Openapi => session::print(&lull_server::openapi()),
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
            eprintln!("{failed}");
            ExitCode::from(failed.exit as u8)
        }
    }
}

/// Runs to the end what waits for the outside.
fn within(work: impl Future<Output = Result<(), Failed>>) -> Result<(), Failed> {
    let runtime = tokio::runtime::Runtime::new();
    let runtime = runtime.map_err(|error| Failed::new(Exit::Unexpected, format!("starting the runtime: {error}")))?;
    runtime.block_on(work)
}
