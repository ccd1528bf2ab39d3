//! Opens what the configuration names as the sound card.
//!
//! Runs on: main.
use super::RunError;
use crate::config::{Config, DeviceKind, Source as SourceConfig};
use crate::rt_io::device::Device;
use crate::rt_io::offline::{OfflineDevice, OfflineSettings, Source, SourceError};

/// The card or what stands for it.
pub fn device(config: &Config) -> Result<Box<dyn Device>, RunError> {
    match config.device.kind {
        DeviceKind::Offline => Ok(Box::new(offline(config)?)),
        DeviceKind::Alsa => alsa(config),
    }
}

fn offline(config: &Config) -> Result<OfflineDevice, SourceError> {
    let offline = &config.device.offline;
    let silence = std::iter::repeat(&SourceConfig::Silence);
    let named = offline.sources.iter().chain(silence).take(config.inputs.max(offline.sources.len()));
    let sources = named.map(|wanted| source(wanted, config.sample_rate)).collect::<Result<_, _>>()?;
    Ok(OfflineDevice::new(OfflineSettings {
        sources,
        outputs: config.outputs,
        sample_rate: config.sample_rate,
        frames_per_period: config.frames_per_period,
        periods: config.periods,
        paced: offline.paced,
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
