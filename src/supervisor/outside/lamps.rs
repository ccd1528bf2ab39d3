//! The lamps REC and FAULT.
//!
//! Runs on: supervisor.
use super::super::RunError;
use super::keys::line;
use crate::config::{Active, LampConfig, PanelConfig};
use crate::hal::linux::{Lamp, LineSettings};

/// Both, as far as there are any.
pub struct Lamps {
    rec: Option<Lamp>,
    fault: Option<Lamp>,
}

impl Lamps {
    /// Opens the lines that are configured, dark.
    pub fn open(config: &PanelConfig) -> Result<Self, RunError> {
        Ok(Self {
            rec: open("rec_led", config.rec_led.as_ref())?,
            fault: open("fault_led", config.fault_led.as_ref())?,
        })
    }

    /// Lights them as said.
    pub fn show(&mut self, recording: bool, fault: bool) {
        for (lamp, lit) in [(&mut self.rec, recording), (&mut self.fault, fault)] {
            if let Some(lamp) = lamp {
                lamp.set(lit);
            }
        }
    }
}

fn open(name: &str, config: Option<&LampConfig>) -> Result<Option<Lamp>, RunError> {
    let Some(config) = config else { return Ok(None) };
    let active_low = config.active == Active::Low;
    let lamp = Lamp::open(LineSettings { line: line(&config.line), active_low, bias: None });
    lamp.map(Some).map_err(|error| RunError::Gpio { key: format!("panel.{name}.line"), error })
}
