//! The command line.
//!
//! Runs on: main.
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use std::time::Duration;

/// Records six inputs and never loses a take.
#[derive(Debug, Parser)]
#[command(name = "vestry", version, arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start the box: record until Ctrl-C, or as long as --for says
    Run(RunArgs),
    /// Check a configuration and list every fault; exits 0 or 2
    Check {
        /// The configuration (TOML)
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// List sound cards with their channels, rates and formats
    Devices,
    /// List the takes
    Takes(TakesArgs),
    /// Copy takes that a medium lacks from another one, and check the copies; exits 0 or 1
    Sync(SyncArgs),
    /// Check the headers, lengths, checksums and gaps of a take; exits 0 or 1
    Verify {
        /// Folder of the take
        take: PathBuf,
    },
    /// Tell how two takes of different boxes lie against each other, by clocks and by sound; exits 0 or 1
    Align(AlignArgs),
    /// Keep telling in FILE how well the kernel's clock is kept: what the service vestry-clock does for the recorder's
    #[command(hide = true)]
    Clock {
        /// The file
        file: PathBuf,
    },
    /// Test media, inputs, clock, temperature and free space in 15 s, while no recorder runs; exits 0 or 1
    Selftest(BoxArgs),
    /// Measure how late this machine wakes up, and propose a profile, while no recorder runs; exits 0 or 1
    Calibrate(CalibrateArgs),
    /// Keep retention from ever deleting a take
    Protect {
        /// Folder of the take
        take: PathBuf,
    },
    /// Let retention delete a take again
    Unprotect {
        /// Folder of the take
        take: PathBuf,
    },
}

/// Arguments of `sync`.
#[derive(Debug, Args)]
pub struct SyncArgs {
    /// Recordings folder to copy from
    #[arg(requires = "to", required_unless_present = "config")]
    pub from: Option<PathBuf>,
    /// Recordings folder of another medium to copy to
    pub to: Option<PathBuf>,
    /// Both ways between the two recordings folders of this configuration (TOML)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["from", "to"])]
    pub config: Option<PathBuf>,
}

/// Arguments of `align`.
#[derive(Debug, Args)]
pub struct AlignArgs {
    /// Folder of the take A
    pub a: PathBuf,
    /// Folder of the take B, of another box
    pub b: PathBuf,
    /// Compare the sound of this track; without it that of the mix, or of all tracks where there is none
    #[arg(long, value_name = "NAME")]
    pub track: Option<String>,
    /// How far to either side of where the clocks say the same sound is looked for, 1..60
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=60))]
    pub search: u32,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// Which box it is about.
#[derive(Debug, Args)]
pub struct BoxArgs {
    /// The configuration (TOML); without it the built-in board plays six recordings
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Folder of the takes, in place of recordings_dir
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

/// Arguments of `calibrate`.
#[derive(Debug, Args)]
pub struct CalibrateArgs {
    /// The configuration (TOML); without it the built-in board
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// How long each of the profiles is measured, 1..600
    #[arg(long, value_name = "SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub seconds: u64,
}

/// Arguments of `run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Configuration and folder.
    #[command(flatten)]
    pub of: BoxArgs,
    /// Stop after so long: 30s, 5m, 1h30m
    #[arg(long = "for", value_name = "DURATION", value_parser = humantime::parse_duration)]
    pub duration: Option<Duration>,
}

/// Arguments of `takes`.
#[derive(Debug, Args)]
pub struct TakesArgs {
    /// Folder of the takes, in place of the built-in board's recordings_dir
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Print one JSON array
    #[arg(long)]
    pub json: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn durations_are_read_as_people_write_them() {
        let duration = |text| match Cli::try_parse_from(["vestry", "run", "--for", text]).ok()?.command {
            Command::Run(run) => run.duration,
            _ => None,
        };
        assert_eq!(duration("30s"), Some(Duration::from_secs(30)));
        assert_eq!(duration("1h30m"), Some(Duration::from_secs(5_400)));
        assert_eq!(duration("soon"), None);
    }
}
