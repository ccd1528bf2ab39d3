//! Ranges, and keys that have to fit one another.
//!
//! Runs on: main.
use super::device::{DeviceKind, Source};
use super::error::Fault;
use super::file::Config;
use super::include::Origins;
use super::key::Key;
use super::range::RANGES;
use toml::Value;

/// Longest name of an input, in characters: what a panel line and a BWF text field take.
const LONGEST_NAME: usize = 32;

/// Longest name of a medium, in characters: two of them and a word fit a line of the display.
const LONGEST_MEDIUM: usize = 16;

/// Every fault of a configuration whose types are right. Rules about a key in `refused` are left out: its value is
/// already a fault, and the default in its place would bring up others that are none.
pub fn check(config: &Config, refused: &[Key], origins: &Origins<'_>) -> Vec<Fault> {
    let mut check = Check { config, refused, origins, faults: Vec::new(), wrong: Vec::new() };
    check.ranges();
    check.profiles();
    check.counts();
    check.folders();
    check.routes();
    check.names();
    check.strips();
    check.delays();
    check.sources();
    check.player();
    check.device();
    check.guard();
    check.schedule();
    check.outside();
    check.web();
    check.delivery();
    check.faults
}

pub(super) struct Check<'a> {
    pub(super) config: &'a Config,
    refused: &'a [Key],
    origins: &'a Origins<'a>,
    faults: Vec<Fault>,
    /// Keys out of range: rules about them are left out too.
    wrong: Vec<Key>,
}

impl Check<'_> {
    fn fault(&mut self, key: &Key, right: String) {
        let mut fault = self.origins.fault(key, right);
        if fault.value.is_empty() {
            fault.value = "(not given)".into();
        }
        self.faults.push(fault);
        self.wrong.push(key.clone());
    }

    /// Whether nothing is known against any of `keys`, what is in them and what they are in.
    fn sound(&self, keys: &[&Key]) -> bool {
        let touch = |a: &Key, b: &Key| a.0.starts_with(&b.0) || b.0.starts_with(&a.0);
        let bad = |key: &Key| self.refused.iter().chain(&self.wrong).any(|bad| touch(bad, key));
        !keys.iter().any(|key| bad(key))
    }

    /// A fault at `key` unless `right`; looked at only where `key` and `other` (if any) are sound.
    pub(super) fn rule(&mut self, key: &Key, other: &str, right: bool, text: impl FnOnce() -> String) {
        if !right && self.sound(&[key, &Key::dotted(other)]) {
            self.fault(key, text());
        }
    }

    fn ranges(&mut self) {
        let tree = match Value::try_from(self.config) {
            Ok(tree) => tree,
            Err(error) => return self.fault(&Key::default(), error.to_string()),
        };
        for range in RANGES {
            let mut keys = Vec::new();
            range.check(&tree, &mut |key| keys.push(key));
            for key in
                keys.into_iter().filter(|key| !self.refused.iter().any(|bad| key.0.starts_with(&bad.0)))
            {
                self.fault(&key, format!("must be {range}"));
            }
        }
    }

    fn counts(&mut self) {
        let config = self.config;
        let (inputs, outputs) = (config.inputs, config.outputs);
        let selected = config.selected_channel;
        self.rule(&Key::dotted("selected_channel"), "inputs", selected <= inputs, || {
            at_most(inputs, "inputs")
        });
        let entries = [
            ("input", config.input.len(), "inputs", inputs),
            ("output", config.output.len(), "outputs", outputs),
            ("send", config.send.len(), "sends", vestry_rt::SENDS),
        ];
        for (key, len, other, most) in entries {
            self.rule(&Key::dotted(key).item(most), other, len <= most, || {
                format!("is one entry too many, there are {most} {other}")
            });
        }
        let len = config.device.offline.sources.len();
        let most = inputs.max(config.device.capture_channels);
        self.rule(&Key::dotted("device.offline.sources").item(most), "inputs", len <= most, || match most {
            _ if most == inputs => format!("is one source too many, there are {inputs} inputs"),
            _ => format!("is one source too many, there are {most} channels"),
        });
    }

    fn folders(&mut self) {
        let config = self.config;
        let folder = !config.recordings_dir.as_os_str().is_empty();
        self.rule(&Key::dotted("recordings_dir"), "", folder, || "must name a folder".into());
        let scenes = config.scenes_dir.as_ref().is_none_or(|dir| !dir.as_os_str().is_empty());
        self.rule(&Key::dotted("scenes_dir"), "", scenes, || "must name a folder, or be left out".into());
        let (first, second) = (&config.recordings_name, &config.second_recordings_name);
        for (key, name) in [("recordings_name", first), ("second_recordings_name", second)] {
            let fits = (1..=LONGEST_MEDIUM).contains(&name.trim().chars().count());
            self.rule(&Key::dotted(key), "", fits && !name.contains(char::is_control), || {
                format!("must be 1..{LONGEST_MEDIUM} printable characters")
            });
        }
        let key = Key::dotted("second_recordings_name");
        self.rule(&key, "recordings_name", first != second, || {
            "must be another name than recordings_name".into()
        });
        if let Some(wrong) = config.shared_folder() {
            self.rule(&Key::dotted("second_recordings_dir"), "recordings_dir", false, || wrong);
        }
    }

    fn routes(&mut self) {
        let config = self.config;
        let routes = &config.default_routes;
        for (index, route) in routes.iter().enumerate() {
            let key = Key::dotted("default_routes").item(index);
            let ends = [
                ("input", route.input, "inputs", config.inputs),
                ("output", route.output, "outputs", config.outputs),
            ];
            for (name, value, other, most) in ends {
                self.rule(&key.clone().name(name), other, value <= most, || at_most(most, other));
            }
            let same = |other: &&super::Route| (other.input, other.output) == (route.input, route.output);
            let twice = routes.iter().take(index).find(same).is_some();
            self.rule(&key, "", !twice, || "is there twice: keep one of the two".into());
        }
    }

    fn names(&mut self) {
        for (index, input) in self.config.input.iter().enumerate() {
            let Some(name) = &input.name else { continue };
            let fits =
                (1..=LONGEST_NAME).contains(&name.trim().chars().count()) && !name.contains(char::is_control);
            self.rule(&Key::dotted("input").item(index).name("name"), "", fits, || {
                format!("must be 1..{LONGEST_NAME} printable characters")
            });
        }
    }

    fn device(&mut self) {
        let (config, device) = (self.config, &self.config.device);
        let named = device.kind != DeviceKind::Alsa || device.capture.is_some();
        self.rule(&Key::dotted("device.capture"), "device.kind", named, || {
            "must name the card to record from (see `vestry devices`), or kind must be \"offline\"".into()
        });
        self.map("capture", "inputs", config.inputs);
        self.map("playback", "outputs", config.outputs);
        for (index, source) in device.offline.sources.iter().enumerate() {
            let most = f64::from(config.sample_rate) / 2.0;
            let fits = !matches!(source, Source::Tone { hz, .. } if *hz >= most);
            let key = Key::dotted("device.offline.sources").item(index).name("tone_hz");
            self.rule(&key, "sample_rate", fits, || format!("must be below half the sample_rate, {most} Hz"));
        }
    }

    /// The channel map of one direction against its lanes (`inputs` or `outputs`) and hardware channels.
    fn map(&mut self, direction: &str, lanes: &str, count: usize) {
        let device = &self.config.device;
        let (channels, map) = match direction {
            "capture" => (device.capture_channels, &device.capture_map),
            _ => (device.playback_channels, &device.playback_map),
        };
        let key = Key::dotted(&format!("device.{direction}_map"));
        let channels_key = format!("device.{direction}_channels");
        let enough = channels == 0 || !map.is_empty() || channels >= count;
        self.rule(&Key::dotted(&channels_key), lanes, enough, || {
            format!("must be 0 or at least the number of {lanes}, {count}")
        });
        let full = map.is_empty() || map.len() == count;
        self.rule(&key, lanes, full, || format!("must hold one channel for each of the {count} {lanes}"));
        for (index, channel) in map.iter().enumerate() {
            let item = key.clone().item(index);
            let there = channels == 0 || *channel <= channels;
            self.rule(&item, &channels_key, there, || at_most(channels, &channels_key));
            let twice = map.iter().take(index).any(|other| other == channel);
            self.rule(&item, "", !twice, || "is there twice: each channel once".into());
        }
    }
}

fn at_most(most: usize, key: &str) -> String {
    format!("must be 1..{most} (`{key}`)")
}
