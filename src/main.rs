//! Arguments, configuration, start of the supervisor.
//!
//! Runs on: main.
mod cli;

use clap::Parser;
use clap::error::ErrorKind;
use cli::{AlignArgs, BoxArgs, CalibrateArgs, Cli, Command, RunArgs, SyncArgs, TakesArgs};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use vestry::config::{self, Config, ConfigError};
use vestry::record::storage::Disk;
use vestry::record::{align, list, protect, sync, verify};
use vestry::rt_io::alsa;
use vestry::{hal, supervisor};

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
        Command::Sync(args) => synced(&args),
        Command::Verify { take } => verify(&take),
        Command::Align(args) => aligned(&args),
        Command::Clock { file } => tell_clock(&file),
        Command::Selftest(args) => self_test(&args),
        Command::Calibrate(args) => calibrated(&args),
        Command::Protect { take } => protected(&take, true),
        Command::Unprotect { take } => protected(&take, false),
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

/// The configuration, or the exit code of one that is none.
fn configured(args: &BoxArgs) -> Result<Config, ExitCode> {
    let config = args.config.as_deref().map_or_else(config::board::sim, config::load);
    let mut config = config.map_err(|error| faults(&error))?;
    if let Some(data) = &args.data {
        config.recordings_dir.clone_from(data);
    }
    match config.shared_folder() {
        Some(wrong) => Err(refused(&format!("second_recordings_dir: {wrong}"))),
        None => Ok(config),
    }
}

fn run(args: &RunArgs) -> ExitCode {
    let config = match configured(&args.of) {
        Ok(config) => config,
        Err(code) => return code,
    };
    let log = hal::log::start(config.log_level.into());
    match supervisor::run(&config, args.duration, &log) {
        Ok(outcome) => ended(&outcome, config.sample_rate),
        Err(error) => refused(&error),
    }
}

/// Says where the take is, on every medium; exits 1 if it ended in a fault.
fn ended(outcome: &supervisor::Outcome, rate: u32) -> ExitCode {
    for last in &outcome.takes {
        let seconds = last.frames as f64 / f64::from(rate);
        println!("take: {} ({seconds:.3} s, {} gaps)", last.take.display(), last.gaps);
    }
    if outcome.takes.is_empty() {
        println!("no take");
    }
    match &outcome.fault {
        Some(fault) => {
            eprintln!("vestry: {fault}");
            ExitCode::FAILURE
        }
        None => ExitCode::SUCCESS,
    }
}

/// One line a test.
fn self_test(args: &BoxArgs) -> ExitCode {
    let config = match configured(args) {
        Ok(config) => config,
        Err(code) => return code,
    };
    let findings = match supervisor::check_up(&config) {
        Ok(findings) => findings,
        Err(error) => return refused(&error),
    };
    for finding in &findings {
        let verdict = if finding.passed { "pass" } else { "FAIL" };
        println!("{:11}  {verdict}  {}", finding.subject.word(), finding.reason);
    }
    if findings.iter().all(|finding| finding.passed) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A table, and the line that follows from it.
fn calibrated(args: &CalibrateArgs) -> ExitCode {
    let config = match configured(&BoxArgs { config: args.config.clone(), data: None }) {
        Ok(config) => config,
        Err(code) => return code,
    };
    let calibration = match supervisor::calibrate(&config, Duration::from_secs(args.seconds)) {
        Ok(calibration) => calibration,
        Err(error) => return refused(&error),
    };
    for refusal in &calibration.refusals {
        eprintln!("vestry: {refusal}; measured without it, so a box that has it wakes up sooner");
    }
    if let Some(missing) = &calibration.no_card {
        eprintln!("vestry: {missing}; measured all the same, by a timer");
    }
    for unfit in &calibration.unfit {
        eprintln!("vestry: profiles.{unfit}; it is not proposed");
    }
    print!("{calibration}");
    if calibration.proposal.is_some() {
        return ExitCode::SUCCESS;
    }
    eprintln!(
        "vestry: no profile is safe: see to realtime, to the core or to what else runs; or give longer periods"
    );
    ExitCode::FAILURE
}

fn devices() -> ExitCode {
    println!("{}", alsa::describe(&alsa::devices()).trim_end());
    ExitCode::SUCCESS
}

fn takes(args: &TakesArgs) -> ExitCode {
    let dir = match (&args.data, config::board::sim()) {
        (Some(dir), _) => dir.clone(),
        (None, Ok(config)) => config.recordings_dir,
        (None, Err(error)) => return faults(&error),
    };
    match list::takes(&Disk, &dir) {
        Ok(takes) if args.json => println!("{}", list::json(&takes)),
        Ok(takes) => print!("{}", list::table(&takes)),
        Err(error) => return refused(&error),
    }
    ExitCode::SUCCESS
}

/// Which folders are to be brought together: one way or both.
fn ways(args: &SyncArgs) -> Result<(Config, Vec<(PathBuf, PathBuf)>), String> {
    let config = args.config.as_deref().map_or_else(config::board::sim, config::load);
    let config = config.map_err(|error| error.to_string())?;
    let (from, to) = match (&args.from, &args.to, &config.second_recordings_dir) {
        (Some(from), Some(to), _) => (from.clone(), to.clone()),
        (_, _, Some(second)) => (config.recordings_dir.clone(), second.clone()),
        _ => {
            return Err("second_recordings_dir is not given: name two folders, or give it in the file".into());
        }
    };
    let pair =
        Config { recordings_dir: from.clone(), second_recordings_dir: Some(to.clone()), ..Config::default() };
    if pair.shared_folder().is_some() {
        return Err(format!("{}: must lie apart from {}", to.display(), from.display()));
    }
    let mut ways = vec![(from, to)];
    if args.config.is_some() {
        ways.extend(ways.first().cloned().map(|(from, to)| (to, from)));
    }
    Ok((config, ways))
}

fn synced(args: &SyncArgs) -> ExitCode {
    let (config, ways) = match ways(args) {
        Ok(ways) => ways,
        Err(why) => return refused(&why),
    };
    let min_free = u64::from(config.recording.min_free_mb) * 1_000_000;
    let mut rows = Vec::new();
    for (from, to) in ways {
        match sync::sync(&Disk, &from, &to, min_free) {
            Ok(more) => rows.extend(more),
            Err(error) => return refused(&error),
        }
    }
    print!("{}", sync::table(&rows));
    if sync::is_complete(&rows) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Exits 1 where nothing tells how takes lie, or clocks and sound do not agree.
fn aligned(args: &AlignArgs) -> ExitCode {
    let wanted = align::Wanted { track: args.track.clone(), search_s: f64::from(args.search) };
    let found = match align::align(&Disk, &args.a, &args.b, &wanted) {
        Ok(found) => found,
        Err(error) => return refused(&error),
    };
    print!("{}", if args.json { found.json() } else { align::text(&found) });
    if found.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn tell_clock(file: &Path) -> ExitCode {
    match supervisor::clock_word::tell(file) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => refused(&format!("{}: cannot tell of the clock: {error}", file.display())),
    }
}

fn protected(take: &Path, on: bool) -> ExitCode {
    match protect::protect(&Disk, take, on) {
        Ok(()) => {
            println!("{}: {}", take.display(), if on { "protected" } else { "not protected" });
            ExitCode::SUCCESS
        }
        Err(error) => refused(&error),
    }
}

fn verify(take: &Path) -> ExitCode {
    match verify::verify(&Disk, take) {
        Ok(report) => {
            print!("{}", verify::text(&report));
            if report.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => refused(&error),
    }
}
