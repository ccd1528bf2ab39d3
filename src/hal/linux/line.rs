//! One GPIO line: how it is named, found and refused.
//!
//! Runs on: main.
use gpiocdev::chip::{Chip, chips};
use gpiocdev::line::{Bias as LineBias, Info, Offset};
use gpiocdev::request::Builder;
use gpiocdev::{Error, Request};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Which line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineId {
    /// By its name in the device tree, on any chip.
    Named(String),
    /// By its place.
    At {
        /// Such as "gpiochip0".
        chip: String,
        /// From 0.
        offset: u32,
    },
}

impl fmt::Display for LineId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(name) => out.write_str(name),
            Self::At { chip, offset } => write!(out, "{chip}:{offset}"),
        }
    }
}

/// Resistor inside the chip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bias {
    /// To supply.
    Up,
    /// To ground.
    Down,
    /// None.
    Off,
}

/// A line and how it is wired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineSettings {
    /// Which one.
    pub line: LineId,
    /// Ground means pressed or lit.
    pub active_low: bool,
    /// `None` leaves the resistor as it is.
    pub bias: Option<Bias>,
}

/// A line that cannot be had, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GpioError {
    /// No chip has a line of that name.
    #[error("no GPIO line is named {0}: `gpioinfo` lists them")]
    NoSuchName(String),
    /// More than one has.
    #[error("more than one GPIO line is named {name}: write chip and offset instead, such as {first}")]
    NotUnique {
        /// The name.
        name: String,
        /// One of them, as chip and offset.
        first: LineId,
    },
    /// There is no such chip.
    #[error("there is no /dev/{0}: `gpiodetect` lists the GPIO chips")]
    NoSuchChip(String),
    /// The chip has fewer lines.
    #[error("{chip} has lines 0 to {last}, no {offset}: choose one of these")]
    NoSuchOffset {
        /// The chip.
        chip: String,
        /// The line that was wanted.
        offset: u32,
        /// The last one that there is.
        last: u32,
    },
    /// We may not open the chip.
    #[error(
        "/dev/{0} must not be opened: let this user in, by its group or the service's DeviceAllow=char-gpiochip"
    )]
    Denied(String),
    /// Something else has it.
    #[error("GPIO line {line} is in use by \"{consumer}\": choose another line or take it from there")]
    InUse {
        /// The line.
        line: LineId,
        /// A program, a driver or a device tree's hog.
        consumer: String,
    },
    /// The kernel refuses it for another reason.
    #[error("GPIO line {line} cannot be used so: {reason}")]
    Refused {
        /// The line.
        line: LineId,
        /// In the kernel's words.
        reason: String,
    },
}

fn chip_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Opens a chip; tells a missing from a forbidden one.
fn open_chip(path: &Path) -> Result<Chip, GpioError> {
    let name = chip_name(path);
    Chip::from_path(path).map_err(|error| match error {
        Error::Os(error)
            if io::Error::from_raw_os_error(error.0).kind() == io::ErrorKind::PermissionDenied =>
        {
            GpioError::Denied(name)
        }
        _ => GpioError::NoSuchChip(name),
    })
}

impl LineSettings {
    /// Asks for the line alone; `direct` says whether it is to be an input or an output.
    pub(super) fn request(&self, direct: impl FnOnce(&mut Builder)) -> Result<Request, GpioError> {
        let (path, offset) = self.find()?;
        let mut builder = Request::builder();
        builder.on_chip(&path).with_consumer("vestry").with_line(offset);
        direct(&mut builder);
        if self.active_low {
            builder.as_active_low();
        }
        if let Some(bias) = self.bias {
            builder.with_bias(match bias {
                Bias::Up => LineBias::PullUp,
                Bias::Down => LineBias::PullDown,
                Bias::Off => LineBias::Disabled,
            });
        }
        builder.request().map_err(|error| self.refused(&path, offset, &error))
    }

    fn refused(&self, path: &Path, offset: Offset, error: &Error) -> GpioError {
        let line = self.line.clone();
        match Chip::from_path(path).and_then(|chip| chip.line_info(offset)) {
            Ok(Info { used: true, consumer, .. }) => GpioError::InUse { line, consumer },
            _ => GpioError::Refused { line, reason: error.to_string() },
        }
    }

    fn find(&self) -> Result<(PathBuf, Offset), GpioError> {
        match &self.line {
            LineId::Named(name) => named(name),
            LineId::At { chip, offset } => {
                let path = Path::new("/dev").join(chip);
                let lines = open_chip(&path)?.info().map_or(0, |info| info.num_lines);
                if *offset < lines {
                    return Ok((path, *offset));
                }
                let (chip, offset) = (chip.clone(), *offset);
                Err(GpioError::NoSuchOffset { chip, offset, last: lines.saturating_sub(1) })
            }
        }
    }
}

/// The one line of that name.
fn named(name: &str) -> Result<(PathBuf, Offset), GpioError> {
    let mut found = Vec::new();
    let mut missing = GpioError::NoSuchName(name.to_owned());
    for path in chips().unwrap_or_default() {
        match open_chip(&path) {
            Ok(chip) => {
                let lines = chip.line_info_iter().into_iter().flatten().flatten();
                let ours = lines.filter(|line| line.name == name);
                found.extend(ours.map(|line| (path.clone(), line.offset)));
            }
            // It may be the one that has the line.
            Err(denied @ GpioError::Denied(_)) => missing = denied,
            Err(_) => {}
        }
    }
    match found.as_slice() {
        [] => Err(missing),
        [one] => Ok(one.clone()),
        [(path, offset), ..] => {
            let first = LineId::At { chip: chip_name(path), offset: *offset };
            Err(GpioError::NotUnique { name: name.to_owned(), first })
        }
    }
}
