//! The channel-order guard: which rotations of the card's channels go with what was heard.
//!
//! Some cards begin with another channel than the first after a start or an overrun. What they deliver on channel `c` when
//! in order then comes on `c + k`, modulo their channels. Two things tell of `k`: channels that are known to carry nothing
//! (a sound on channel `c` rules out every `k` that would put such a one there), and a loopback tone (it rules out every `k`
//! but one). What is ruled out stays so until the stream begins anew. Silence rules out nothing, so a quiet church is no
//! reason to act, and as long as the known-silent channels are silent the order as it is read is never ruled out.
//!
//! Runs on: supervisor.
use super::look::Look;

/// Looks that are remembered of each channel.
const REMEMBERED: u32 = 8;
/// Of these, how many must have sound before a channel counts as one that carries something: a plug that is pulled makes
/// a noise too.
const SOUNDING: u32 = 3;

/// What is known of the wiring. Channels count from 0.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OrderSettings {
    /// Channels that carry nothing.
    pub silent: Vec<usize>,
    /// RMS below which a channel is silent; full scale is 1.0.
    pub silent_below: f64,
    /// Channel on which the loopback tone arrives.
    pub loopback: Option<usize>,
}

/// What is known of the order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// There is nothing to know it by.
    #[default]
    Unchecked,
    /// Nothing contradicts it, but something else would be possible too.
    Unknown,
    /// Everything else is ruled out.
    Right,
    /// Ruled out, and all but one other: the inputs are about to be read there.
    Realigning,
    /// Ruled out, and it is not known what would be right.
    Wrong(String),
}

impl Order {
    /// In one word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Unchecked => "unchecked",
            Self::Unknown => "unknown",
            Self::Right => "right",
            Self::Realigning => "realigning",
            Self::Wrong(_) => "wrong",
        }
    }
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing.
    Leave,
    /// Read every input so many channels further on; to be told again by [`ChannelGuard::rotated`].
    Rotate(u8),
}

/// What is known since the stream began.
#[derive(Clone, Debug)]
pub struct ChannelGuard {
    settings: OrderSettings,
    /// First frame of the stream.
    since: u64,
    /// How inputs are read.
    rotation: usize,
    /// By channel: which of the last looks had sound, the newest in the lowest bit.
    history: Vec<u8>,
    /// By channel: carried something.
    carries: Vec<bool>,
    /// Where the loopback tone arrived.
    echo: Option<usize>,
}

impl ChannelGuard {
    /// Nothing heard yet.
    pub fn new(settings: OrderSettings) -> Self {
        Self { settings, since: 0, rotation: 0, history: Vec::new(), carries: Vec::new(), echo: None }
    }

    /// The stream has begun anew at absolute frame `position`, maybe in another order.
    pub fn restarted(&mut self, position: u64) {
        self.since = position;
        self.history.clear();
        self.carries.clear();
        self.echo = None;
    }

    /// First frame of which the order is as it is.
    pub fn since(&self) -> u64 {
        self.since
    }

    /// Inputs are read so many channels further on now.
    pub fn rotated(&mut self, rotation: u8) {
        self.rotation = usize::from(rotation);
    }

    /// How far inputs are read further on.
    pub fn rotation(&self) -> usize {
        self.rotation
    }

    /// Takes in a look; one from before the stream began anew says nothing.
    pub fn look(&mut self, look: &Look) -> Verdict {
        if look.position >= self.since {
            if self.history.len() != look.channels {
                (self.history, self.carries) = (vec![0; look.channels], vec![false; look.channels]);
            }
            for (channel, (history, carries)) in self.history.iter_mut().zip(&mut self.carries).enumerate() {
                let sounds = look.rms(channel) >= self.settings.silent_below;
                *history = *history << 1 | u8::from(sounds);
                *carries |= history.count_ones() >= SOUNDING;
            }
        }
        self.verdict()
    }

    /// The loopback tone arrived on a channel (from 0).
    pub fn heard_echo(&mut self, channel: usize) -> Verdict {
        self.echo = Some(channel);
        self.verdict()
    }

    /// What is known.
    pub fn order(&self) -> Order {
        let known = !self.settings.silent.is_empty() || self.settings.loopback.is_some();
        let possible = self.possible();
        match (possible.contains(&self.rotation), possible.len()) {
            _ if !known => Order::Unchecked,
            _ if self.carries.is_empty() && self.echo.is_none() => Order::Unknown,
            (true, 1) => Order::Right,
            (true, _) => Order::Unknown,
            (false, 1) => Order::Realigning,
            (false, _) => Order::Wrong(self.reason()),
        }
    }

    fn verdict(&self) -> Verdict {
        match (self.order(), &self.possible()[..]) {
            (Order::Realigning, [one]) => u8::try_from(*one).map_or(Verdict::Leave, Verdict::Rotate),
            _ => Verdict::Leave,
        }
    }

    /// Every rotation that is not ruled out.
    fn possible(&self) -> Vec<usize> {
        let count = self.carries.len();
        let moved = |channel: usize, rotation: usize| (channel + rotation) % count;
        let silent = |rotation: usize| {
            let mut silent = self.settings.silent.iter();
            silent.all(|channel| !self.carries.get(moved(*channel, rotation)).copied().unwrap_or(true))
        };
        let echoed = |rotation: usize| match (self.echo, self.settings.loopback) {
            (Some(heard), Some(wired)) => moved(wired, rotation) == heard,
            _ => true,
        };
        (0..count).filter(|rotation| silent(*rotation) && echoed(*rotation)).collect()
    }

    fn reason(&self) -> String {
        let count = self.carries.len().max(1);
        let loud =
            self.settings.silent.iter().find(|channel| {
                self.carries.get((**channel + self.rotation) % count).copied().unwrap_or(true)
            });
        let what = match loud {
            Some(channel) => format!("channel {} should be silent", channel + 1),
            None => "the loopback tone is elsewhere".into(),
        };
        format!("channel order wrong: {what}")
    }
}

const _: () = assert!(REMEMBERED == u8::BITS && SOUNDING <= REMEMBERED);
