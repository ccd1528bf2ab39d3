//! Arguments, configuration, start of the supervisor.
//!
//! Runs on: main.
mod cli;

use clap::Parser;
use clap::error::ErrorKind;
use cli::{Cli, Command, RunArgs, TakesArgs};
use std::path::Path;
use std::process::ExitCode;
use vestry::config::{self, Config, ConfigError};

/// Bad input, bad configuration, or nothing could be started.
const REFUSED: u8 = 2;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    match cli.command {
        Command::Run(args) => run(&args),
        Command::Check { config } => check(&config),
        Command::Devices => devices(),
        Command::Takes(args) => takes(&args),
        Command::Verify { take } => verify(&take),
    }
}

/// What was asked for to standard output; a mistake in one line.
fn usage(error: &clap::Error) -> ExitCode {
    let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if asked || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        print!("{error}");
        return if asked { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) };
    }
    let text = error.to_string();
    let more = |line: &&str| !line.starts_with("Usage:") && !line.starts_with("For more");
    let parts = text.lines().map(str::trim).filter(|line| !line.is_empty()).take_while(more);
    let line = parts.collect::<Vec<_>>().join("; ").replace(":; ", ": ");
    refused(&format!("{} (see vestry --help)", line.trim_start_matches("error: ")))
}

fn refused(why: &dyn std::fmt::Display) -> ExitCode {
    eprintln!("vestry: {why}");
    ExitCode::from(REFUSED)
}

/// Each fault is one line of its own.
fn faults(error: &ConfigError) -> ExitCode {
    eprintln!("{error}");
    ExitCode::from(REFUSED)
}

fn check(path: &Path) -> ExitCode {
    match config::load(path) {
        Ok(_) => {
            println!("{}: valid", path.display());
            ExitCode::SUCCESS
        }
        Err(error) => faults(&error),
    }
}

fn configured(args: &RunArgs) -> Result<Config, ConfigError> {
    let mut config = args.config.as_deref().map_or_else(config::board::sim, config::load)?;
    if let Some(data) = &args.data {
        config.recordings_dir.clone_from(data);
    }
    Ok(config)
}

fn run(args: &RunArgs) -> ExitCode {
    match configured(args) {
        // The supervisor's entry goes here: supervisor::run(config, args.duration).
        Ok(_config) => refused(&"run is not joined to the supervisor yet"),
        Err(error) => faults(&error),
    }
}

fn devices() -> ExitCode {
    // rt_io::alsa::devices()
    refused(&"devices is not joined to the sound cards yet")
}

fn takes(args: &TakesArgs) -> ExitCode {
    // record::list(data), as text or as JSON
    let _ = (&args.data, args.json);
    refused(&"takes is not joined to the recorder yet")
}

fn verify(take: &Path) -> ExitCode {
    // record::verify(take)
    let _ = take;
    refused(&"verify is not joined to the recorder yet")
}
