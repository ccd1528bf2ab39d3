//! One topic a setting, with a plain payload: what Home Assistant and simple remotes send.
//!
//! Runs on: mqtt.
mod inserts;
mod pads;

use super::control::{Control, SideName, TapName};
use super::delivery::DeliverWish;
use super::request::Reason;
use super::schedule::SwitchWish;
use super::soundcheck::{SoundcheckAction, SoundcheckWish};
use super::sources::{ClickChange, GeneratorChange};
use crate::config::{GeneratorKind, InputSource, SoloMode};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error, StrDeserializer};

/// What `text` on `set/<topic>` asks for.
pub(super) fn control(topic: &str, text: &str, inputs: &[String]) -> Result<Control, Reason> {
    let parts: Vec<_> = topic.split('/').collect();
    match *parts.as_slice() {
        ["input", number, what] => of_input(count("input", number)?, what, text),
        ["input", number, ref path @ ..] if path.len() > 1 => {
            inserts::control(count("input", number)?, path, text)
        }
        ["output", number, what] => of_output(count("output", number)?, what, text),
        ["route", input, output] => {
            let (input, output) = (count("input", input)?, count("output", output)?);
            Ok(Control::Route { input, output, level: number(text)? })
        }
        ["send", number, "level"] => {
            Ok(Control::SendLevel { send: count("send", number)?, db: self::number(text)? })
        }
        ["mix", "level"] => Ok(Control::MixLevel { db: number(text)? }),
        ["generator", what] => of_generator(what, text),
        ["click", what] => of_click(what, text),
        ["pad", pad] => pads::press(pad, text),
        ["pad", pad, what] => pads::set(pad, what, text),
        // Buttons, as below.
        ["pads", "stop"] => Ok(Control::StopPads {}),
        ["pads", "rescan"] => Ok(Control::RescanPads {}),
        ["soundcheck"] => of_soundcheck(text),
        ["select"] => Ok(Control::Select { input: selected(text, inputs)? }),
        [what] => of_box(what, text),
        _ => Err(Reason::UnknownTopic),
    }
}

fn of_box(what: &str, text: &str) -> Result<Control, Reason> {
    let given = || (!text.is_empty()).then(|| text.to_owned());
    Ok(match what {
        "record" => Control::Record { on: switch(text)? },
        "monitor_mute" => Control::MonitorMute { on: switch(text)? },
        "solo_mode" => Control::SoloMode { mode: solo_mode(text)? },
        "lock" => Control::Lock { on: switch(text)? },
        "latency_monitor" => Control::LatencyMonitor { on: switch(text)? },
        "generator" => return of_generator("kind", text),
        "click" => return of_click("on", text),
        "schedule" => Control::ScheduleEnable(SwitchWish { on: switch(text)? }),
        "trigger" => Control::Trigger(SwitchWish { on: switch(text)? }),
        "page" => Control::Page { page: given() },
        "marker" => Control::Marker { label: given() },
        "deliver" => Control::Deliver(DeliverWish { take: given().unwrap_or_else(|| "last".into()) }),
        "deliver_stop" => Control::DeliverStop {},
        "protect" => Control::Protect { take: given() },
        "unprotect" => Control::Unprotect { take: given() },
        "scene" | "scene_recall" => Control::SceneRecall { name: text.to_owned() },
        "scene_save" => {
            Control::SceneSave { name: text.to_owned(), start_pads: Vec::new(), stop_pads: Vec::new() }
        }
        "scene_delete" => Control::SceneDelete { name: text.to_owned() },
        // A button says nothing but that it was pressed.
        "split" => Control::Split {},
        "clear_clips" => Control::ClearClips {},
        "self_test" => Control::SelfTest {},
        _ => return Err(Reason::UnknownTopic),
    })
}

fn of_input(input: usize, what: &str, text: &str) -> Result<Control, Reason> {
    Ok(match what {
        "gain" => Control::Gain { input, db: number(text)? },
        "mix" => Control::Mix { input, db: number(text)? },
        "pan" => Control::Pan { input, pan: number(text)? },
        "monitor" => Control::Monitor { input, db: level(text)? },
        "high_pass" => Control::HighPass { input, hz: level(text)? },
        "mute" => Control::Mute { input, on: switch(text)? },
        "solo" => Control::Solo { input, on: switch(text)? },
        "invert" => Control::Invert { input, on: switch(text)? },
        "tap" => Control::Tap { input, tap: tap(text)? },
        "source" => Control::Source { input, source: source(text)? },
        _ => Control::Send { input, send: send(what)?, db: level(text)? },
    })
}

fn of_output(output: usize, what: &str, text: &str) -> Result<Control, Reason> {
    Ok(match what {
        "gain" => Control::OutputGain { output, db: number(text)? },
        "monitor" => Control::MonitorTo { output, db: level(text)? },
        "limiter" => Control::Limiter { output, db: level(text)? },
        "delay" => Control::Delay { output, ms: number(text)? },
        "mix_left" => Control::MixTo { side: SideName::Left, output, db: level(text)? },
        "mix_right" => Control::MixTo { side: SideName::Right, output, db: level(text)? },
        "split" => Control::SplitOutput { output, on: switch(text)? },
        _ => Control::SendTo { output, send: send(what)?, db: level(text)? },
    })
}

/// The send of a topic such as `send_1`.
fn send(what: &str) -> Result<usize, Reason> {
    count("send", what.strip_prefix("send_").ok_or(Reason::UnknownTopic)?)
}

fn of_generator(what: &str, text: &str) -> Result<Control, Reason> {
    let mut change = GeneratorChange::default();
    match what {
        "kind" => change.kind = Some(kind(text)?),
        "level" => change.level_db = Some(number(text)?),
        "hz" => change.hz = Some(number(text)?),
        _ => return Err(Reason::UnknownTopic),
    }
    Ok(Control::Generator(change))
}

fn of_click(what: &str, text: &str) -> Result<Control, Reason> {
    let mut change = ClickChange::default();
    match what {
        "on" => change.on = Some(switch(text)?),
        "bpm" => change.bpm = Some(number(text)?),
        "beats" => change.beats = Some(whole(text)?),
        "level" => change.level_db = Some(number(text)?),
        _ => return Err(Reason::UnknownTopic),
    }
    Ok(Control::Click(change))
}

/// What a button says.
fn of_soundcheck(text: &str) -> Result<Control, Reason> {
    let text: StrDeserializer<'_, Error> = text.into_deserializer();
    let action = SoundcheckAction::deserialize(text)
        .map_err(|_| Reason::malformed("must be play, pause, stop, punch_in or punch_out"))?;
    Ok(Control::Soundcheck(SoundcheckWish { action, ..SoundcheckWish::default() }))
}

/// Whoever is called by that name, else by that number.
fn selected(text: &str, inputs: &[String]) -> Result<usize, Reason> {
    match inputs.iter().position(|name| name == text) {
        Some(at) => Ok(at + 1),
        None => count("input", text).map_err(|_| Reason::malformed("must be an input's number or name")),
    }
}

fn count(what: &str, text: &str) -> Result<usize, Reason> {
    let number = text.parse().ok().filter(|number| *number >= 1);
    number.ok_or_else(|| Reason::Malformed(format!("{what}: must be a number from 1")))
}

fn switch(text: &str) -> Result<bool, Reason> {
    match text {
        "ON" | "on" => Ok(true),
        "OFF" | "off" => Ok(false),
        _ => Err(Reason::malformed("must be ON or OFF")),
    }
}

fn number(text: &str) -> Result<f32, Reason> {
    let number = text.parse().ok().filter(|number: &f32| number.is_finite());
    number.ok_or_else(|| Reason::malformed("must be a number such as -3.0"))
}

/// A small number that may be written 4.0: Home Assistant does so.
fn whole(text: &str) -> Result<u8, Reason> {
    let number = number(text).ok().filter(|number| number.fract() == 0.0 && (0.0..=255.0).contains(number));
    number.map(|number| number as u8).ok_or(Reason::malformed("must be a whole number such as 4"))
}

/// A number, or nothing.
fn level(text: &str) -> Result<Option<f32>, Reason> {
    if text == "off" {
        return Ok(None);
    }
    number(text).map(Some).map_err(|_| Reason::malformed("must be a number such as -3.0, or off"))
}

fn solo_mode(text: &str) -> Result<SoloMode, Reason> {
    match text {
        "afl" => Ok(SoloMode::Afl),
        "pfl" => Ok(SoloMode::Pfl),
        _ => Err(Reason::malformed("must be afl or pfl")),
    }
}

fn kind(text: &str) -> Result<GeneratorKind, Reason> {
    let text: StrDeserializer<'_, Error> = text.into_deserializer();
    let kind = GeneratorKind::deserialize(text);
    kind.map_err(|_| Reason::malformed("must be off, sine, pink, sweep or identify"))
}

fn source(text: &str) -> Result<InputSource, Reason> {
    match text {
        "card" => Ok(InputSource::Card),
        "generator" => Ok(InputSource::Generator),
        "player" => Ok(InputSource::Player),
        _ => Err(Reason::malformed("must be card, generator or player")),
    }
}

fn tap(text: &str) -> Result<TapName, Reason> {
    match text {
        "pre" => Ok(TapName::Pre),
        "post" => Ok(TapName::Post),
        _ => Err(Reason::malformed("must be pre or post")),
    }
}
