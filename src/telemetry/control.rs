//! What a technician can ask for, as the wire writes it: `{"command": "gain", "input": 1, "db": -3.0}`.
//!
//! Inputs and outputs count from 1, as in the configuration. Whether they exist and values are in range, the
//! supervisor decides.
//!
//! Runs on: supervisor.
mod facts;

use super::delivery::DeliverWish;
use super::inserts::{BandChange, CompressorChange, GateChange};
use super::pads::PadChange;
use super::schedule::{CalendarWish, SwitchWish};
use super::soundcheck::SoundcheckWish;
use super::sources::{ClickChange, GeneratorChange};
use crate::config::{CompressorConfig, EqBand, GateConfig, InputSource, InsertName, PadName, SoloMode};
use serde::{Deserialize, Serialize};

/// One wish.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
pub enum Control {
    /// Starts or ends a take.
    Record {
        /// True starts one, if none runs.
        on: bool,
    },
    /// Goes on in new files.
    Split {},
    /// Marks this moment.
    Marker {
        /// 1..64 characters; "Marker N" without.
        label: Option<String>,
    },
    /// Keeps retention from ever deleting a take.
    Protect {
        /// Its folder; the take that is being recorded without.
        take: Option<String>,
    },
    /// Lets retention delete a take again.
    Unprotect {
        /// Its folder; the take that is being recorded without.
        take: Option<String>,
    },
    /// Sets a strip's gain.
    Gain {
        /// From 1.
        input: usize,
        /// -96..24 dB.
        db: f32,
    },
    /// Mutes or unmutes a strip.
    Mute {
        /// From 1.
        input: usize,
        /// True: silent.
        on: bool,
    },
    /// Turns a strip's polarity.
    Invert {
        /// From 1.
        input: usize,
        /// True: turned.
        on: bool,
    },
    /// Solos a strip in the monitor mix.
    Solo {
        /// From 1.
        input: usize,
        /// True: heard alone.
        on: bool,
    },
    /// Where an input is recorded from.
    Tap {
        /// From 1.
        input: usize,
        /// Before or after the strip.
        tap: TapName,
    },
    /// What feeds a strip; a change fades across.
    Source {
        /// From 1.
        input: usize,
        /// "card", "generator" or "player".
        source: InputSource,
    },
    /// Sets a strip's high-pass.
    HighPass {
        /// From 1.
        input: usize,
        /// 10..2000 Hz; null takes it out. Has to be given.
        #[serde(deserialize_with = "Option::deserialize")]
        hz: Option<f32>,
    },
    /// Sets a band of a strip's equaliser.
    Eq {
        /// From 1.
        input: usize,
        /// Which, 1..8.
        band: usize,
        /// As the configuration writes it, with its ranges and defaults; null takes it out. Has to be given.
        #[serde(deserialize_with = "Option::deserialize")]
        settings: Option<EqBand>,
    },
    /// Sets a strip's gate.
    Gate {
        /// From 1.
        input: usize,
        /// As the configuration writes it, with its ranges and defaults; null takes it out. Has to be given.
        #[serde(deserialize_with = "Option::deserialize")]
        settings: Option<GateConfig>,
    },
    /// Sets a strip's compressor.
    Compressor {
        /// From 1.
        input: usize,
        /// As the configuration writes it, with its ranges and defaults; null takes it out. Has to be given.
        #[serde(deserialize_with = "Option::deserialize")]
        settings: Option<CompressorConfig>,
    },
    /// Changes some settings of a band; one that was not there is put in.
    EqAdjust {
        /// From 1.
        input: usize,
        /// Which, 1..8.
        band: usize,
        /// What changes.
        settings: BandChange,
    },
    /// Changes some settings of a gate; one that was not there is put in, bypassed.
    GateAdjust {
        /// From 1.
        input: usize,
        /// What changes.
        settings: GateChange,
    },
    /// Changes some settings of a compressor; one that was not there is put in, bypassed.
    CompressorAdjust {
        /// From 1.
        input: usize,
        /// What changes.
        settings: CompressorChange,
    },
    /// Takes something of a strip out of the sound, or puts it back in; its settings stay.
    Bypass {
        /// From 1.
        input: usize,
        /// "high_pass", "gate", "eq" (all bands) or "compressor".
        insert: InsertName,
        /// True: not heard. False: heard; what was never set gets its defaults, a high-pass 80 Hz.
        on: bool,
    },
    /// Level in the main mix.
    Mix {
        /// From 1.
        input: usize,
        /// -96..12 dB.
        db: f32,
    },
    /// Place in the main mix.
    Pan {
        /// From 1.
        input: usize,
        /// -1 (left)..1 (right).
        pan: f32,
    },
    /// Level of an input in the monitor mix.
    Monitor {
        /// From 1.
        input: usize,
        /// -96..12 dB; null takes it out. Has to be given, lest a typing error takes it out.
        #[serde(deserialize_with = "Option::deserialize")]
        db: Option<f32>,
    },
    /// The input that is listened to and shown.
    Select {
        /// From 1.
        input: usize,
    },
    /// Mutes or unmutes the monitor mix wherever it plays.
    MonitorMute {
        /// True: silent.
        on: bool,
    },
    /// How loud the monitor mix plays on an output.
    MonitorTo {
        /// From 1.
        output: usize,
        /// -96..12 dB; null: not there. Has to be given.
        #[serde(deserialize_with = "Option::deserialize")]
        db: Option<f32>,
    },
    /// Sets an output's gain.
    OutputGain {
        /// From 1.
        output: usize,
        /// -96..24 dB.
        db: f32,
    },
    /// Sets an output's limiter.
    Limiter {
        /// From 1.
        output: usize,
        /// Its ceiling, -40..0 dBFS; null switches it off. Has to be given.
        #[serde(deserialize_with = "Option::deserialize")]
        db: Option<f32>,
    },
    /// Sets how much later an output plays.
    Delay {
        /// From 1.
        output: usize,
        /// 0..340 ms and at most 16,320 frames.
        ms: f32,
    },
    /// Sets a crossing of the matrix.
    Route {
        /// From 1.
        input: usize,
        /// From 1.
        output: usize,
        /// Linear, 0..8; 0 takes it out.
        level: f32,
    },
    /// What solos let hear.
    SoloMode {
        /// "afl": after the strip; "pfl": before it, muted or not.
        mode: SoloMode,
    },
    /// Level of an input in a send, after its strip.
    Send {
        /// From 1.
        input: usize,
        /// 1 or 2.
        send: usize,
        /// -96..12 dB; null takes it out. Has to be given.
        #[serde(deserialize_with = "Option::deserialize")]
        db: Option<f32>,
    },
    /// How loud all of a send is.
    SendLevel {
        /// 1 or 2.
        send: usize,
        /// -96..12 dB.
        db: f32,
    },
    /// How loud a send plays on an output.
    SendTo {
        /// 1 or 2.
        send: usize,
        /// From 1.
        output: usize,
        /// -96..12 dB; null: not there. Has to be given.
        #[serde(deserialize_with = "Option::deserialize")]
        db: Option<f32>,
    },
    /// How loud all of the main mix is, wherever it goes: to the recording and to outputs.
    MixLevel {
        /// -96..12 dB.
        db: f32,
    },
    /// How loud a side of the main mix plays on an output.
    MixTo {
        /// "left" or "right".
        side: SideName,
        /// From 1.
        output: usize,
        /// -96..12 dB; null: not there. Has to be given.
        #[serde(deserialize_with = "Option::deserialize")]
        db: Option<f32>,
    },
    /// What the panel shows.
    Page {
        /// "levels", "pads" (where there is a player), "spectrum", "system", "takes" or "faults"; the next one without.
        page: Option<String>,
    },
    /// Locks or unlocks the buttons.
    Lock {
        /// True: buttons do nothing.
        on: bool,
    },
    /// Forgets which inputs clipped.
    ClearClips {},
    /// Tests medium, inputs, clock, temperature and room; the event `self_test` tells of it some seconds later.
    SelfTest {},
    /// Turns the latency monitor on or off.
    LatencyMonitor {
        /// True: on.
        on: bool,
    },
    /// Keeps the console as it stands, in place of a scene of that name. Answered once it is on the medium.
    SceneSave {
        /// 1..40 printable characters.
        name: String,
        /// Pads that a recall starts, all of them on one frame unless they wait for a beat; none without.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        start_pads: Vec<PadName>,
        /// Pads that a recall stops; none without.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        stop_pads: Vec<PadName>,
    },
    /// Makes the console stand as a scene says, crossfaded; solo, the monitor's mute and taps stay.
    SceneRecall {
        /// As it was saved.
        name: String,
    },
    /// Forgets a scene. Answered once it is gone from the medium.
    SceneDelete {
        /// As it was saved.
        name: String,
    },
    /// Changes the signal generator.
    Generator(GeneratorChange),
    /// Changes the click track.
    Click(ClickChange),
    /// Makes an output and the one after it a split pair: the mix as mono here, click and cues there.
    SplitOutput {
        /// From 1.
        output: usize,
        /// True: split.
        on: bool,
    },
    /// Does something with a pad of the player.
    Pad {
        /// "bank.row.column", each from 1.
        pad: PadName,
        /// What.
        action: PadAction,
    },
    /// Sets a pad, which is heard at once where it plays.
    SetPad(PadChange),
    /// Stops every pad.
    StopPads {},
    /// Looks at the player's folder again: new files are loaded, those that are gone leave their pads.
    RescanPads {},
    /// Changes speed, pitch and key lock of a pad and its stems; what is left out stays. What has to be made for it plays once it
    /// is there.
    TunePad {
        /// "bank.row.column", each from 1.
        pad: PadName,
        /// 0.25..4.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        speed: Option<f32>,
        /// -12..12 semitones.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pitch: Option<f32>,
        /// Whether the speed leaves the pitch as it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key_lock: Option<bool>,
    },
    /// Plays a take through the strips that it was recorded from.
    Soundcheck(SoundcheckWish),
    /// Puts another calendar in place of the one that is there. Answered once it is on the medium, as both that follow.
    Schedule(CalendarWish),
    /// Has the calendar count, or not.
    ScheduleEnable(SwitchWish),
    /// Has sound start takes, or not.
    Trigger(SwitchWish),
    /// Delivers a take now, and once more where it was delivered before.
    Deliver(DeliverWish),
    /// Ends the delivery that is under way; what waits fails, and can be asked for.
    DeliverStop {},
}

/// What is done with a pad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PadAction {
    /// Does what the pad's mode says.
    Press,
    /// Ends the press, which stops a pad that plays while it is held.
    Release,
    /// Stops it, and what is one with it, on the beat or bar that the pad waits for; a second time at once.
    Stop,
    /// Lets what plays round and round play to the end of its clip.
    Finish,
}

/// A side of the main mix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SideName {
    /// Left.
    Left,
    /// Right.
    Right,
}

/// Where an input is recorded from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TapName {
    /// As it comes to the strip: as converted, where the card feeds it.
    Pre,
    /// After the whole strip.
    Post,
}
