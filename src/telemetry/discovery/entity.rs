//! One thing that Home Assistant shows.
//!
//! Runs on: main, supervisor.
use super::About;
use serde_json::{Map, Value};

/// What kind of thing; the word is Home Assistant's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Platform {
    BinarySensor,
    Button,
    Event,
    Number,
    Select,
    Sensor,
    Switch,
}

impl Platform {
    fn word(self) -> &'static str {
        match self {
            Self::BinarySensor => "binary_sensor",
            Self::Button => "button",
            Self::Event => "event",
            Self::Number => "number",
            Self::Select => "select",
            Self::Sensor => "sensor",
            Self::Switch => "switch",
        }
    }
}

/// One thing under construction.
pub(super) struct Entity {
    platform: Platform,
    key: String,
    fields: Map<String, Value>,
}

impl Entity {
    /// `key` is unique within the box, `name` is what a person reads.
    pub fn new(platform: Platform, key: impl Into<String>, name: impl Into<String>) -> Self {
        Self { platform, key: key.into(), fields: Map::new() }.with("name", name.into())
    }

    /// Adds a field.
    pub fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(field.to_owned(), value.into());
        self
    }

    /// Where its value is read, by an expression over `value_json`.
    pub fn reads(self, topic: String, expression: &str) -> Self {
        self.with("state_topic", topic).with("value_template", format!("{{{{ {expression} }}}}"))
    }

    /// Where it is on or off.
    pub fn reads_switch(self, topic: String, expression: &str) -> Self {
        self.reads(topic, &format!("'ON' if {expression} else 'OFF'"))
    }

    /// A switch of what is a level or null: on is 0 dB.
    pub fn switches_level(self, topic: String, level: &str, set: String) -> Self {
        self.reads_switch(topic, &format!("{level} is not none"))
            .writes(set)
            .with("payload_on", "0")
            .with("payload_off", "off")
            .with("state_on", "ON")
            .with("state_off", "OFF")
    }

    /// Not shown until somebody wants it.
    pub fn hidden(self) -> Self {
        self.with("enabled_by_default", false)
    }

    /// Where it is changed.
    pub fn writes(self, topic: String) -> Self {
        self.with("command_topic", topic)
    }

    /// Its range and how fine it is set.
    pub fn ranges(self, min: f64, max: f64, step: f64) -> Self {
        self.with("min", min).with("max", max).with("step", step)
    }

    /// For who looks into the works.
    pub fn diagnostic(self) -> Self {
        self.with("entity_category", "diagnostic")
    }

    /// For who sets it up.
    pub fn config(self) -> Self {
        self.with("entity_category", "config")
    }

    /// Its key and what is sent of it.
    pub fn component(self, about: &About<'_>) -> (String, Value) {
        let unique = format!("{}_{}", about.unique(), self.key);
        let entity_id = format!("{}.{}", self.platform.word(), unique.replace('-', "_"));
        let platform = self.platform.word();
        let whole =
            self.with("platform", platform).with("unique_id", unique).with("default_entity_id", entity_id);
        (whole.key, whole.fields.into())
    }
}
