//! Opens what the configuration names as the sound card.
//!
//! Runs on: main.
use super::RunError;
use crate::config::{Config, DeviceKind, FormatChoice, Source as SourceConfig};
use crate::rt_io::alsa::{AlsaDevice, AlsaSettings};
use crate::rt_io::device::Device;
use crate::rt_io::offline::{OfflineDevice, OfflineSettings, Source, SourceError};
use vestry_rt::sample::SampleFormat;

/// The card or what stands for it.
pub fn device(config: &Config) -> Result<Box<dyn Device>, RunError> {
    match config.device.kind {
        DeviceKind::Offline => Ok(Box::new(offline(config)?)),
        DeviceKind::Alsa => Ok(Box::new(card(config)?)),
    }
}

fn offline(config: &Config) -> Result<OfflineDevice, SourceError> {
    let offline = &config.device.offline;
    let silence = std::iter::repeat(&SourceConfig::Silence);
    let channels = config.inputs.max(config.device.capture_channels).max(offline.sources.len());
    let named = offline.sources.iter().chain(silence).take(channels);
    let sources = named.map(|wanted| source(wanted, config.sample_rate)).collect::<Result<_, _>>()?;
    Ok(OfflineDevice::new(OfflineSettings {
        sources,
        outputs: config.outputs,
        sample_rate: config.sample_rate,
        frames_per_period: config.frames_per_period,
        periods: config.periods,
        paced: offline.paced,
        rotation: offline.rotation,
        length: (offline.duration_s * f64::from(config.sample_rate)).round() as u64,
    }))
}

fn source(wanted: &SourceConfig, rate: u32) -> Result<Source, SourceError> {
    Ok(match wanted {
        SourceConfig::Silence => Source::Silence,
        SourceConfig::File { path, gap_s, gain } => {
            Source::clip(path, rate, *gap_s, f64::from(gain.to_gain()))?
        }
        SourceConfig::Tone { hz, level } => Source::tone(*hz, f64::from(level.to_gain()), rate),
        SourceConfig::Noise { seed, level } => {
            Source::Noise { seed: u64::from(*seed), level: f64::from(level.to_gain()) }
        }
    })
}

/// The card itself.
pub fn card(config: &Config) -> Result<AlsaDevice, RunError> {
    let device = &config.device;
    let count = |channels: usize| (channels > 0).then_some(channels);
    let settings = AlsaSettings {
        capture: device.capture.as_ref().map_or_else(String::new, ToString::to_string),
        playback: device.playback_card(config.outputs).map(ToString::to_string),
        sample_rate: config.sample_rate,
        frames_per_period: config.frames_per_period,
        periods: config.periods,
        format: match device.format {
            FormatChoice::Auto => None,
            FormatChoice::S32 => Some(SampleFormat::S32),
            FormatChoice::S24_3 => Some(SampleFormat::S24_3),
            FormatChoice::S16 => Some(SampleFormat::S16),
        },
        capture_channels: count(device.capture_channels),
        playback_channels: count(device.playback_channels),
    };
    let opened = AlsaDevice::open(settings)?;
    wired("inputs", &device.capture_map, config.inputs, opened.capture_layout().1)?;
    let guard = &config.guard;
    let guarded = guard.silent_channels.iter().copied().chain(guard.loopback.map(|wired| wired.channel));
    wired(
        "guard.silent_channels and guard.loopback",
        &guarded.collect::<Vec<_>>(),
        0,
        opened.capture_layout().1,
    )?;
    if config.outputs > 0 {
        wired("outputs", &device.playback_map, config.outputs, opened.playback_layout().1)?;
    }
    Ok(opened)
}

/// Refuses a map, or a count, that asks for channels which the card does not have.
fn wired(what: &'static str, map: &[usize], count: usize, has: usize) -> Result<(), RunError> {
    let highest = if map.is_empty() { count } else { map.iter().copied().max().unwrap_or(count) };
    if highest > has {
        return Err(RunError::Channels { what, wanted: highest, has });
    }
    Ok(())
}
