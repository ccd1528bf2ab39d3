//! What Home Assistant shows of what an input has switched on: high-pass, gate, equaliser, compressor.
//!
//! What stays hidden until wanted is what one sets once: of a gate and a compressor the times, of the equaliser all bands.
//!
//! Runs on: main, supervisor.
use super::super::topics::Topics;
use super::entity::{Entity, Platform};
use crate::config::{MOST_BANDS, limits};

/// What a compressor may go by beside its own sound and inputs, as the configuration names it.
const BUSES: [&str; 4] = ["monitor", "mix", "send_1", "send_2"];

/// One input, for this file.
struct Input<'a> {
    topics: &'a Topics,
    /// From 0.
    at: usize,
    name: &'a str,
}

/// Of the input at `at`, from 0, of `inputs`; `bands`: of each band of the equaliser too.
pub(super) fn entities(topics: &Topics, at: usize, inputs: &[String], bands: bool) -> Vec<Entity> {
    let input = Input { topics, at, name: inputs.get(at).map_or("", String::as_str) };
    let mut entities = vec![
        input.switch("high_pass", "high-pass", "high_pass_hz"),
        input.switch("gate", "gate", "gate"),
        input.switch("eq", "equaliser", "eq"),
        input.switch("compressor", "compressor", "compressor"),
        input
            .entity(Platform::Number, "high_pass", "high-pass frequency")
            .reads(topics.of("state"), &input.field("high_pass_hz"))
            .writes(input.set("high_pass"))
            .in_limits("input.high_pass_hz", 1.0),
    ];
    entities.extend(input.gate());
    entities.extend(input.compressor(inputs.len()));
    entities.extend((0..MOST_BANDS).filter(|_| bands).flat_map(|band| input.band(band)));
    entities
}

impl Input<'_> {
    fn entity(&self, platform: Platform, key: &str, words: &str) -> Entity {
        Entity::new(platform, format!("input_{}_{key}", self.at + 1), format!("{} {words}", self.name))
            .config()
    }

    fn field(&self, path: &str) -> String {
        format!("value_json.inputs[{}].{path}", self.at)
    }

    fn set(&self, path: &str) -> String {
        self.topics.of(&format!("set/input/{}/{path}", self.at + 1))
    }

    /// In the sound or not; `field` is null while there is none.
    fn switch(&self, insert: &str, words: &str, field: &str) -> Entity {
        let on = format!("{} and '{insert}' not in {}", self.field(field), self.field("bypass"));
        self.entity(Platform::Switch, &format!("{insert}_on"), words)
            .reads_switch(self.topics.of("state"), &on)
            .writes(self.set(&format!("{insert}/on")))
    }

    /// The member `name` of what the state has at `path` and topics at `topic`; none while there is none. Topics have no units.
    fn setting(&self, platform: Platform, (path, topic): (&str, &str), name: &str) -> Entity {
        let plain = name.trim_end_matches("_db").trim_end_matches("_ms");
        let (field, topic) = (self.field(path), format!("{topic}/{plain}"));
        let words = topic.replace('/', " ").replace("eq", "EQ");
        self.entity(platform, &topic.replace('/', "_"), &words)
            .reads(self.topics.of("state"), &format!("{field}.{name} if {field} else none"))
            .writes(self.set(&topic))
    }

    fn gate(&self) -> Vec<Entity> {
        let number = |name: &str, step| {
            let entity = self.setting(Platform::Number, ("gate", "gate"), name);
            entity.in_limits(&format!("input.gate.{name}"), step)
        };
        vec![
            number("threshold_db", 0.1),
            number("range_db", 0.1).hidden(),
            number("attack_ms", 0.1).hidden(),
            number("hold_ms", 1.0).hidden(),
            number("release_ms", 1.0).hidden(),
        ]
    }

    fn compressor(&self, inputs: usize) -> Vec<Entity> {
        let number = |name: &str, step| {
            let entity = self.setting(Platform::Number, ("compressor", "compressor"), name);
            entity.in_limits(&format!("input.compressor.{name}"), step)
        };
        let numbers = (1..=inputs).map(|number| number.to_string());
        let keys: Vec<_> =
            ["own".to_owned()].into_iter().chain(numbers).chain(BUSES.map(String::from)).collect();
        let field = self.field("compressor");
        vec![
            number("threshold_db", 0.1),
            number("ratio", 0.1),
            number("makeup_db", 0.1).hidden(),
            number("knee_db", 0.1).hidden(),
            number("attack_ms", 0.1).hidden(),
            number("release_ms", 1.0).hidden(),
            self.entity(Platform::Select, "compressor_key", "compressor key")
                .reads(self.topics.of("state"), &format!("{field}.key or 'own' if {field} else none"))
                .writes(self.set("compressor/key"))
                .with("options", keys)
                .hidden(),
        ]
    }

    /// The band at `band`, from 0.
    fn band(&self, band: usize) -> [Entity; 4] {
        let (path, topic) = (format!("eq[{band}]"), format!("eq/{}", band + 1));
        let setting = |platform, name: &str| self.setting(platform, (&path, &topic), name).hidden();
        let number =
            |name: &str, step| setting(Platform::Number, name).in_limits(&format!("input.eq.{name}"), step);
        let kinds = vec!["bell", "low_shelf", "high_shelf"];
        [
            setting(Platform::Select, "kind").with("options", kinds),
            number("hz", 1.0),
            number("gain_db", 0.1),
            number("q", 0.1),
        ]
    }
}

impl Entity {
    /// The range and the unit that the file has for `key`.
    fn in_limits(self, key: &str, step: f64) -> Self {
        let Some((low, high, unit)) = limits(key) else { return self };
        let ranged = self.ranges(low, high, step);
        if unit.is_empty() { ranged } else { ranged.with("unit_of_measurement", unit) }
    }
}
