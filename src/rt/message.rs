//! What crosses the boundary by queue: commands in, events out.
use crate::bank::Insert;
use crate::block::GapCause;
use crate::click::Click;
use crate::feed::StripSource;
use crate::generator::Generator;
use crate::limiter::Limit;
use crate::tone::Step;
use heapless::Vec;

/// Most commands one batch may hold.
pub const BATCH: usize = 64;

/// A linear factor; 1.0 leaves the level as it is, 0.0 is silence, a negative one turns the polarity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gain(pub f32);

/// Where an input is recorded from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Tap {
    /// As the converter delivered it, bit for bit; or as another source of the strip made it.
    #[default]
    Pre,
    /// After the whole strip.
    Post,
}

/// What a solo lets hear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum SoloMode {
    /// After the strip: at its level in the monitor mix, at unity where it has none.
    #[default]
    Afl,
    /// Before the strip, as converted, at unity: muted or not.
    Pfl,
}

/// A side of the main mix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Left.
    Left,
    /// Right.
    Right,
}

/// A sine on an output.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tone {
    /// From 0.
    pub output: u8,
    /// Its pitch.
    pub step: Step,
    /// Amplitude, 0..1.
    pub level: f32,
}

/// A row of the routing matrix: something that inputs are mixed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bus {
    /// A physical output, from 0.
    Output(u8),
    /// Left of the main mix.
    MixLeft,
    /// Right of the main mix.
    MixRight,
    /// The monitor mix.
    Monitor,
    /// A send, from 0.
    Send(u8),
}

/// One change to the mixer. Inputs, outputs and sends count from 0; one that is not there is a counted refusal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Command {
    /// Sets a strip's gain.
    Gain(u8, Gain),
    /// Mutes or unmutes a strip.
    Mute(u8, bool),
    /// Turns a strip's polarity.
    Invert(u8, bool),
    /// Sets what a strip has switched on. A number that is none or out of its range is refused.
    Insert(u8, Insert),
    /// Solos a strip in the monitor mix; recordings and outputs' own routes stay as they are.
    Solo(u8, bool),
    /// Sets what solos let hear.
    SoloMode(SoloMode),
    /// Sets the level of an input in a bus.
    Route(Bus, u8, Gain),
    /// Makes the monitor mix this one input at unity.
    Select(u8),
    /// Mutes or unmutes the monitor mix wherever it plays.
    MuteMonitor(bool),
    /// Sets how loud the monitor mix plays on an output.
    MonitorTo(u8, Gain),
    /// Sets an output's gain.
    OutputGain(u8, Gain),
    /// Sets an output's limiter, or switches it off. With it the output plays `limiter::LATENCY` frames late.
    Limiter(u8, Option<Limit>),
    /// Sets how many frames late an output plays, 0..=`delay::MOST`; from none it takes as long to be heard.
    Delay(u8, u16),
    /// Sets where an input is recorded from. Takes effect at the next period, without a ramp.
    Tap(u8, Tap),
    /// Turns the latency monitor on or off.
    LatencyMonitor(bool),
    /// Shows the samples of an input, as they come to its strip, in the scope; `None` shows none.
    Scope(Option<u8>),
    /// Reads every input so many channels of the card further on, from the last to the first. From the next period on,
    /// without a ramp; `Event::Rotated` tells of it.
    Rotate(u8),
    /// Sets how loud all of a send is.
    SendLevel(u8, Gain),
    /// Sets how loud a send (the first number) plays on an output.
    SendTo(u8, u8, Gain),
    /// Sets how loud all of the main mix is, wherever it goes.
    MixLevel(Gain),
    /// Sets how loud a side of the main mix plays on an output.
    MixTo(Side, u8, Gain),
    /// Plays a tone on an output beside what it plays; `None` ends it.
    Tone(Option<Tone>),
    /// Changes of levels after it, in its batch and the batches of its group, take so many frames in place of the usual; 0
    /// jumps.
    Ramp(u32),
    /// As the first of a batch: this batch and those that follow it, so many in all, take effect together. More than the queue
    /// holds are refused: then each stands for itself.
    Group(u8),
    /// Sets what feeds a strip.
    Source(u8, StripSource),
    /// The same on time. Of several for a strip the last holds, `Source` included.
    SourceAt {
        /// From 0.
        strip: u8,
        /// What.
        source: StripSource,
        /// The absolute frame from which on it fades across, to the chunk that has it; one that has gone by: at once.
        at: u64,
        /// From then on the strip's pre tap records what the card delivers, whatever feeds the strip.
        keeps_card: bool,
    },
    /// Makes the generator's signal, for strips that it feeds and for outputs beside what they play; `None` ends it.
    Generator(Option<Generator>),
    /// Plays clicks on outputs beside what they play; `None` ends it.
    Click(Option<Click>),
}

/// Commands that take effect together, at the start of one period.
pub type Batch = Vec<Command, BATCH>;

/// What the rt thread tells. Positions are absolute frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Frames were lost.
    Gap {
        /// First missing frame.
        position: u64,
        /// How many.
        frames: u64,
        /// Why.
        cause: GapCause,
    },
    /// The card is gone; the thread keeps trying.
    DeviceGone,
    /// The card is back.
    DeviceBack,
    /// Inputs are read elsewhere from here on.
    Rotated {
        /// The first frame of which that is so.
        position: u64,
        /// Channels of the card further on.
        rotation: u8,
    },
    /// The loop has ended: asked to, or its source has no more to give.
    Ended,
    /// The generator's sweep of this number was played to its end.
    Swept(u8),
    /// A bar of the click track began.
    Bar {
        /// With this frame.
        position: u64,
    },
    /// A command named an input or output that is not there; nothing else of its batch is affected.
    Refused,
}
