//! What a scene has of the player: how its pads are set, and which of them its recall starts and stops.
//!
//! Runs on: scenes (reading), supervisor (the rest).
use super::error::Fault;
use super::file::Config;
use super::include::Layer;
use super::key::{Key, one_line};
use super::pad::PadName;
use super::pad_settings::PadSettings;
use super::scene::tidy;
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::{Table, Value};

/// Settings of pads: an array of tables with `at` and keys of `[[pad]]`. Without it pads stay as they are; with it those that
/// it does not name become as configured.
pub(super) const PAD: &str = "pad";
/// Pads that a recall starts.
pub(super) const START: &str = "start_pads";
/// Pads that a recall stops.
pub(super) const STOP: &str = "stop_pads";

/// Of a scene.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScenePads {
    /// All that is set beside the configuration; `None`: pads stay as they are.
    pub settings: Option<BTreeMap<PadName, PadSettings>>,
    /// Pads that start with the recall. One that plays round and round already goes on.
    pub start: Vec<PadName>,
    /// Pads that stop with the recall.
    pub stop: Vec<PadName>,
}

impl ScenePads {
    /// Writes it to the file's table.
    pub(super) fn write(&self, file: &mut Table) {
        let entry = |(pad, settings): (&PadName, &PadSettings)| {
            let mut entry = Table::try_from(settings).ok()?;
            // All but a loop's points, which are no less exact than that.
            entry.iter_mut().filter(|(key, _)| *key != "loop_s").for_each(|(_, value)| tidy(value));
            entry.insert("at".into(), pad.to_string().into());
            Some(Value::Table(entry))
        };
        if let Some(settings) = &self.settings {
            file.insert(PAD.into(), Value::Array(settings.iter().filter_map(entry).collect()));
        }
        for (key, pads) in [(START, &self.start), (STOP, &self.stop)] {
            if !pads.is_empty() {
                let names = pads.iter().map(|pad| Value::from(pad.to_string()));
                file.insert(key.into(), Value::Array(names.collect()));
            }
        }
    }

    /// Takes it out of what a file says, for a box that is configured so; what is wrong with it goes to `faults`.
    pub(super) fn take(layer: &mut Layer, config: &Config, faults: &mut Vec<Fault>) -> Self {
        let [pads, start, stop] = [PAD, START, STOP].map(|key| layer.take(key));
        let mut reading = Reading { layer, config, faults };
        Self {
            settings: pads.map(|pads| reading.settings(pads)),
            start: reading.names(START, start),
            stop: reading.names(STOP, stop),
        }
    }
}

struct Reading<'a> {
    layer: &'a Layer,
    config: &'a Config,
    faults: &'a mut Vec<Fault>,
}

impl Reading<'_> {
    fn fault(&mut self, key: &Key, value: String, right: impl Into<String>) {
        self.faults.push(self.layer.fault(key, value, right.into()));
    }

    fn settings(&mut self, pads: Value) -> BTreeMap<PadName, PadSettings> {
        let key = Key::dotted(PAD);
        let mut all = BTreeMap::new();
        let Value::Array(pads) = pads else {
            self.fault(&key, one_line(&pads.to_string()), "must be tables: [[pad]]");
            return all;
        };
        for (index, pad) in pads.into_iter().enumerate() {
            let key = key.clone().item(index);
            let Some((at, settings)) = self.entry(&key, pad) else { continue };
            if all.insert(at, settings).is_some() {
                self.fault(&key.name("at"), format!("\"{at}\""), "is there twice: each pad once");
            }
        }
        all
    }

    fn entry(&mut self, key: &Key, pad: Value) -> Option<(PadName, PadSettings)> {
        let shown = one_line(&pad.to_string());
        let Value::Table(mut members) = pad else {
            self.fault(key, shown, "must be a table: [[pad]]");
            return None;
        };
        let at = members.remove("at").unwrap_or_else(|| Value::from(""));
        let at = self.name(&key.clone().name("at"), at)?;
        match PadSettings::deserialize(Value::Table(members)) {
            Ok(settings) => {
                for wrong in settings.wrong(self.config.inputs) {
                    self.fault(&key.clone().name(wrong.key), wrong.value, wrong.right);
                }
                Some((at, settings))
            }
            Err(error) => {
                self.fault(key, shown, one_line(error.message()));
                None
            }
        }
    }

    fn names(&mut self, key: &str, names: Option<Value>) -> Vec<PadName> {
        let key = Key::dotted(key);
        match names {
            None => Vec::new(),
            Some(Value::Array(names)) => {
                let name = |(index, name)| self.name(&key.clone().item(index), name);
                names.into_iter().enumerate().filter_map(name).collect()
            }
            Some(other) => {
                self.fault(&key, one_line(&other.to_string()), "must be a list of pads such as [\"1.2.3\"]");
                Vec::new()
            }
        }
    }

    fn name(&mut self, key: &Key, name: Value) -> Option<PadName> {
        let shape = self.config.player.shape();
        let read = name.as_str().and_then(|text| text.parse().ok());
        let read = read.filter(|pad| shape.index(*pad).is_some());
        if read.is_none() {
            let right =
                format!("must be a pad, \"1.1.1\"..\"{}\" (`player.banks`, `rows`, `columns`)", shape.last());
            self.fault(key, one_line(&name.to_string()), right);
        }
        read
    }
}
