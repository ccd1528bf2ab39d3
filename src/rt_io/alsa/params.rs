//! What is asked of a card, and what it agrees to.
//!
//! Runs on: main, rt (while a card is gone).
use super::address::Address;
use super::cards::{channels_of, formats_of, present, rates_of};
use super::error::AlsaError;
use super::silence::wipe_played;
use super::stream::Stream;
use alsa::pcm::{Access, Format, Frames, HwParams, PCM, TstampType};
use alsa::{Direction, Output, ValueOr};
use nix::libc;
use vestry_rt::sample::SampleFormat;

/// The formats in order of preference.
pub(super) const FORMATS: [SampleFormat; 3] = [SampleFormat::S32, SampleFormat::S24_3, SampleFormat::S16];

/// What one direction is asked for.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    pub address: Address,
    pub direction: Direction,
    pub rate: u32,
    pub channels: Option<usize>,
    pub format: Option<SampleFormat>,
    pub period: usize,
    pub ring: usize,
}

impl Wish {
    /// Opens and sets up the PCM; it is prepared, not started.
    pub fn open(&self) -> Result<Stream, AlsaError> {
        // Without this ALSA itself writes to standard error, across the panel.
        let _quiet = Output::local_error_handler();
        let cards = present();
        if !cards.iter().any(|card| card.id == self.address.card) {
            let ids: Vec<_> = cards.into_iter().map(|card| format!("\"{}\"", card.id)).collect();
            let present = if ids.is_empty() {
                "there is no sound card at all: connect one or load its driver".to_owned()
            } else {
                format!("there is {}", ids.join(", "))
            };
            return Err(AlsaError::NoCard { card: self.address.card.clone(), present });
        }
        let pcm =
            PCM::new(&self.address.to_string(), self.direction, true).map_err(|error| self.refusal(error))?;
        let (format, channels) = self.set_hardware(&pcm)?;
        let ring = pcm.get_params().map_err(|error| self.refusal(error))?.0 as usize;
        if ring < 2 * self.period {
            let (device, direction) = self.names();
            return Err(AlsaError::Ring { device, direction, ring });
        }
        self.set_software(&pcm).map_err(|error| self.refusal(error))?;
        Ok(Stream { pcm, format, channels, ring })
    }

    fn set_hardware(&self, pcm: &PCM) -> Result<(SampleFormat, usize), AlsaError> {
        let refused = |error| self.refusal(error);
        let hardware = HwParams::any(pcm).map_err(refused)?;
        let (device, direction) = self.names();
        if hardware.set_access(Access::MMapInterleaved).is_err() {
            return Err(AlsaError::NoMmap { device, direction });
        }
        if hardware.set_rate(self.rate, ValueOr::Nearest).is_err() {
            let has = rates_of(&hardware);
            return Err(AlsaError::Rate { device, direction, rate: self.rate, has });
        }
        let channels = self.set_channels(&hardware)?;
        let format = self.set_format(&hardware)?;
        hardware.set_period_size_near(self.period as Frames, ValueOr::Nearest).map_err(refused)?;
        hardware.set_buffer_size_near(self.ring as Frames).map_err(refused)?;
        pcm.hw_params(&hardware).map_err(refused)?;
        Ok((format, channels))
    }

    fn set_channels(&self, hardware: &HwParams<'_>) -> Result<usize, AlsaError> {
        let (device, direction) = self.names();
        let has = channels_of(hardware);
        let channels = self.channels.unwrap_or_else(|| has.0.last().map_or(1, |&most| most as usize));
        let fits = u32::try_from(channels).is_ok_and(|channels| hardware.set_channels(channels).is_ok());
        if fits {
            return Ok(channels);
        }
        Err(AlsaError::Channels { device, direction, channels, rate: self.rate, has })
    }

    fn set_format(&self, hardware: &HwParams<'_>) -> Result<SampleFormat, AlsaError> {
        let (device, direction) = self.names();
        let has = formats_of(hardware);
        let format = self.format.or_else(|| has.0.first().copied());
        match format.filter(|&format| hardware.set_format(alsa_format(format)).is_ok()) {
            Some(format) => Ok(format),
            None => {
                let format = self.format.map_or("S32_LE, S24_3LE or S16_LE", format_name);
                Err(AlsaError::Format { device, direction, format, has })
            }
        }
    }

    /// Wakes once a period; no start and no stop by fill level; stamps of CLOCK_MONOTONIC.
    fn set_software(&self, pcm: &PCM) -> alsa::Result<()> {
        let software = pcm.sw_params_current()?;
        let boundary = software.get_boundary()?;
        software.set_avail_min(self.period as Frames)?;
        software.set_start_threshold(boundary)?;
        software.set_stop_threshold(boundary)?;
        software.set_tstamp_mode(true)?;
        software.set_tstamp_type(TstampType::Monotonic)?;
        pcm.sw_params(&software)?;
        match self.direction {
            Direction::Capture => Ok(()),
            Direction::Playback => wipe_played(pcm, &software),
        }
    }

    fn names(&self) -> (String, &'static str) {
        let direction = match self.direction {
            Direction::Capture => "capture",
            Direction::Playback => "playback",
        };
        (self.address.to_string(), direction)
    }

    fn refusal(&self, error: alsa::Error) -> AlsaError {
        let (device, direction) = self.names();
        match error.errno() {
            libc::EBUSY | libc::EAGAIN => AlsaError::Busy { device, direction },
            libc::ENOENT | libc::ENXIO | libc::ENODEV => AlsaError::NoDevice { device, direction },
            libc::EACCES | libc::EPERM => AlsaError::Denied { device, direction },
            errno => AlsaError::Refused {
                device,
                direction,
                call: error.func(),
                reason: nix::errno::Errno::from_raw(errno).desc(),
            },
        }
    }
}

/// ALSA's value for a format.
pub(super) fn alsa_format(format: SampleFormat) -> Format {
    match format {
        SampleFormat::S16 => Format::S16LE,
        SampleFormat::S24_3 => Format::S243LE,
        SampleFormat::S32 => Format::S32LE,
    }
}

/// ALSA's name of a format.
pub(super) fn format_name(format: SampleFormat) -> &'static str {
    match format {
        SampleFormat::S16 => "S16_LE",
        SampleFormat::S24_3 => "S24_3LE",
        SampleFormat::S32 => "S32_LE",
    }
}

#[cfg(test)]
mod tests {
    use super::super::cards::{Formats, Numbers};
    use super::*;

    #[test]
    fn a_card_that_is_not_there_is_named_with_those_that_are() {
        let wish = Wish {
            address: Address::parse("NoSuchCard,1").unwrap(),
            direction: Direction::Capture,
            rate: 48_000,
            channels: None,
            format: None,
            period: 128,
            ring: 512,
        };
        let error = wish.open().map(|_| ()).unwrap_err().to_string();
        assert!(error.starts_with("no sound card \"NoSuchCard\": there is "), "{error}");
        assert!(!error.contains('\n'), "{error}");
    }

    #[test]
    fn a_refusal_lists_what_the_card_has() {
        let (device, direction) = ("hw:CARD=A,DEV=0".to_owned(), "capture");
        let has = Formats(vec![SampleFormat::S24_3, SampleFormat::S16]);
        let error = AlsaError::Format { device: device.clone(), direction, format: "S32_LE", has };
        assert!(error.to_string().ends_with("it has S24_3LE, S16_LE"), "{error}");
        let error = AlsaError::Rate { device, direction, rate: 22_050, has: Numbers(vec![44_100, 48_000]) };
        assert!(error.to_string().ends_with("set sample_rate to 44100 or 48000"), "{error}");
    }
}
