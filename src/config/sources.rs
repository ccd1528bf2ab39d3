//! What the box plays itself: generator and click track, and how a pair of outputs is split. The broker's commands take the
//! same members.
//!
//! Runs on: main.
use super::check::Check;
use super::key::Key;
use super::units::Db;
use serde::{Deserialize, Serialize};
use vestry_rt::click::Tempo;
use vestry_rt::feed::StripSource;

/// What feeds an input's strip.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InputSource {
    /// What the card delivers.
    #[default]
    Card,
    /// The generator, but for its beeps.
    Generator,
    /// The player: the clips that are played to it.
    Player,
}

impl From<InputSource> for StripSource {
    fn from(source: InputSource) -> Self {
        match source {
            InputSource::Card => Self::Card,
            InputSource::Generator => Self::Generator,
            InputSource::Player => Self::Player,
        }
    }
}

/// `[generator]`: a signal for measuring and finding outputs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GeneratorConfig {
    /// What it plays; off.
    pub kind: GeneratorKind,
    /// -96..0 dBFS: the peak of sine, sweep and beeps, the RMS of noise, whose peaks are some 12 dB higher; -20.
    pub level_db: Db,
    /// Outputs that play it, from 1; empty: none where it feeds an input's strip, else all. Beeps: all.
    pub outputs: Vec<usize>,
    /// Pitch of the sine, 20..20000 Hz and below half the sample rate; 1000.
    pub hz: f32,
    /// Where a sweep begins, as above; 20.
    pub from_hz: f32,
    /// Where it ends, above or below that; 20000.
    pub to_hz: f32,
    /// How long it takes, 1..60 s; 10.
    pub seconds: f32,
    /// Sweeps again and again; false: once, then it is off.
    pub repeat: bool,
}

impl Default for GeneratorConfig {
    fn default() -> Self {
        Self {
            kind: GeneratorKind::Off,
            level_db: Db(-20.0),
            outputs: Vec::new(),
            hz: 1_000.0,
            from_hz: 20.0,
            to_hz: 20_000.0,
            seconds: 10.0,
            repeat: false,
        }
    }
}

/// What the generator plays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GeneratorKind {
    /// Nothing.
    #[default]
    Off,
    /// A sine of `hz`.
    Sine,
    /// Pink noise.
    Pink,
    /// A sine that goes from `from_hz` to `to_hz`, as long in every octave.
    Sweep,
    /// Output n beeps n times, one after another.
    Identify,
}

/// `[click]`: the click track.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClickConfig {
    /// It plays; false.
    pub on: bool,
    /// Beats a minute in steps of 0.001, 20..300; 120.
    pub bpm: f32,
    /// Beats a bar, the first of which is higher, 1..16; 4.
    pub beats: u8,
    /// Peak, -96..0 dBFS; -20.
    pub level_db: Db,
    /// Outputs that play it, from 1; empty: the right ones of split pairs, or all outputs if there is no such pair.
    pub outputs: Vec<usize>,
}

impl Default for ClickConfig {
    fn default() -> Self {
        Self { on: false, bpm: 120.0, beats: 4, level_db: Db(-20.0), outputs: Vec::new() }
    }
}

impl ClickConfig {
    /// Sixty seconds of frames, and thousandths of a beat: whole numbers, so that nothing drifts.
    pub fn tempo(&self, sample_rate: u32) -> Tempo {
        let thousandths = (f64::from(self.bpm) * 1_000.0).round() as u64;
        Tempo { frames: u64::from(sample_rate) * 60_000, beats: thousandths }
    }
}

impl Check<'_> {
    /// Generator, click and split pairs against the outputs and the sample rate.
    pub(super) fn sources(&mut self) {
        let config = self.config;
        let outputs = config.outputs;
        let half = config.sample_rate as f32 / 2.0;
        let generator = &config.generator;
        let sweeps = generator.kind == GeneratorKind::Sweep;
        let pitches = [
            ("hz", generator.hz, generator.kind == GeneratorKind::Sine),
            ("from_hz", generator.from_hz, sweeps),
            ("to_hz", generator.to_hz, sweeps),
        ];
        for (name, hz, plays) in pitches {
            let key = Key::dotted("generator").name(name);
            self.rule(&key, "sample_rate", !plays || hz < half, || {
                format!("must be below half the sample_rate, {half} Hz")
            });
        }
        let fed = config.input.iter().any(|input| input.source == InputSource::Generator);
        let heard = match generator.kind {
            GeneratorKind::Off => true,
            GeneratorKind::Identify => outputs > 0,
            _ => outputs > 0 || fed,
        };
        self.rule(&Key::dotted("generator.kind"), "outputs", heard, || {
            "must be \"off\" without outputs (`outputs`)".into()
        });
        self.rule(&Key::dotted("click.on"), "outputs", !config.click.on || outputs > 0, || {
            "must be false without outputs (`outputs`)".into()
        });
        for (table, chosen) in [("generator", &generator.outputs), ("click", &config.click.outputs)] {
            for (index, output) in chosen.iter().enumerate() {
                let key = Key::dotted(table).name("outputs").item(index);
                self.rule(&key, "outputs", *output <= outputs, || {
                    format!("must be 1..{outputs} (`outputs`)")
                });
                let twice = chosen.iter().take(index).any(|other| other == output);
                self.rule(&key, "", !twice, || "is there twice: each output once".into());
                let mix = table == "click" && self.is_split(output.saturating_sub(1));
                self.rule(&key, "output", !mix, || {
                    "must not be the output of a split pair with the mix".into()
                });
            }
        }
        self.splits();
    }

    fn is_split(&self, index: usize) -> bool {
        self.config.output.get(index).is_some_and(|output| output.split)
    }

    fn splits(&mut self) {
        let config = self.config;
        for (index, output) in config.output.iter().enumerate().filter(|(_, output)| output.split) {
            let key = |name: &str| Key::dotted("output").item(index).name(name);
            self.rule(&key("split"), "outputs", index + 1 < config.outputs, || {
                "must be false on the last output (`outputs`): the one after it has click and cues".into()
            });
            let right = index > 0 && self.is_split(index - 1);
            self.rule(&key("split"), "", !right, || {
                "must be false: this output is the right one of a split pair already".into()
            });
            let own = [
                ("monitor_db", output.monitor_db),
                ("mix_left_db", output.mix_left_db),
                ("mix_right_db", output.mix_right_db),
            ];
            for (name, level) in own {
                self.rule(&key(name), "", level.is_none(), || {
                    "must be left out where split is true: this output plays the mix".into()
                });
            }
        }
        for (index, route) in config.default_routes.iter().enumerate() {
            let at = route.output.saturating_sub(1);
            let split = self.is_split(at) || at > 0 && self.is_split(at - 1);
            let key = Key::dotted("default_routes").item(index).name("output");
            self.rule(&key, "output", !split, || "must not be an output of a split pair".into());
        }
    }
}
