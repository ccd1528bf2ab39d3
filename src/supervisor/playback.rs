//! Clips on their way to the voices: which voice plays what, and what voices tell.
//!
//! Runs on: supervisor.
mod ask;
mod tune;

use super::feeder::{Feeder, Told};
use super::player_report::{pads, tuned};
use super::soundcheck::{Ground, Soundcheck, Stage};
use super::{RunError, coefficients};
use crate::config::{BandKind, BankShape, Config, Db, EqBand};
use crate::play::grid::Grid;
use crate::play::order::{Change, Order, Start};
use crate::play::settings::PlayerSettings;
use crate::play::stream::thread::StreamId;
use crate::play::take::transport::RunId;
use crate::play::thread::Player;
use crate::play::voices::VoiceId;
use crate::rt_io::players_end::PlayersEnd;
use crate::telemetry::{PadTime, PlayerReport, SoundcheckReport, SoundcheckWish};
use vestry_rt::message::Gain;
use vestry_rt::section::Section;
use vestry_rt::voice::{Loop, Route, To, VOICE_BANDS, VOICES, VoiceChange, VoiceOrder, VoiceSettings};

/// Why nothing is ordered.
const BUSY: &str = "the voices take no orders at the moment; try again";
/// A press is heard this part of a second later: by then its orders are there, so that stems begin on one frame.
const AHEAD: u64 = 100;
/// A clip that cannot be read on fades for this part of a second: that much of it is there.
const GIVES_UP: u32 = 4;
/// A pad's equaliser: low, middle and high frequencies.
const BANDS: [(BandKind, f32); VOICE_BANDS] =
    [(BandKind::LowShelf, 200.0), (BandKind::Bell, 1_000.0), (BandKind::HighShelf, 5_000.0)];

/// Whose a voice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum User {
    /// A pad's.
    Pad(VoiceId),
    /// A soundcheck's.
    Take(RunId),
    /// Nobody's any more: it fades, while another one goes on for it.
    Leaving,
}

/// The player, the soundcheck and the voices that play for them.
pub struct Playback {
    player: Option<Player>,
    soundcheck: Soundcheck,
    ground: Ground,
    feeder: Feeder,
    sample_rate: u32,
    /// What each voice plays, or is going to. There are more than the player has at once: those that give way fade meanwhile.
    voices: [Option<User>; VOICES],
    /// Streams that are read for voices that are to go on with them.
    swaps: Vec<(StreamId, Start)>,
    shape: BankShape,
    report: PlayerReport,
}

impl Playback {
    /// The voices, and the player of a configuration that has one; none where somebody else has the voices.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(config: &Config, end: Option<PlayersEnd>) -> Result<Option<Self>, RunError> {
        let Some(end) = end else { return Ok(None) };
        let player = PlayerSettings::of(config).map(Player::start).transpose();
        Ok(Some(Self {
            shape: config.player.shape(),
            player: player.map_err(RunError::Player)?,
            soundcheck: Soundcheck::new(config),
            ground: Ground::default(),
            feeder: Feeder::start(end).map_err(RunError::Player)?,
            sample_rate: config.sample_rate,
            voices: [None; VOICES],
            swaps: Vec::new(),
            report: PlayerReport::default(),
        }))
    }

    /// What is told of the player, if there is one.
    pub fn report(&self) -> Option<&PlayerReport> {
        self.player.as_ref().map(|_| &self.report)
    }

    /// What is told of the soundcheck.
    pub fn soundcheck_report(&self) -> SoundcheckReport {
        self.soundcheck.report(self.ground.now)
    }

    /// The soundcheck, to be looked at.
    pub fn soundcheck(&self) -> &Soundcheck {
        &self.soundcheck
    }

    /// So many of its commands were taken.
    pub fn sent(&mut self, commands: usize) {
        self.soundcheck.sent(commands);
    }

    /// Does what somebody wants of a take.
    ///
    /// # Errors
    /// Why nothing is done.
    pub fn check_sound(&mut self, wish: &SoundcheckWish, ground: Ground) -> Result<(), String> {
        if self.feeder.is_full() {
            return Err(BUSY.into());
        }
        self.ground = ground;
        self.on_stage(|soundcheck, stage| soundcheck.ask(wish, stage))
    }

    fn on_stage<T>(&mut self, what: impl FnOnce(&mut Soundcheck, &mut Stage<'_>) -> T) -> T {
        let Self { soundcheck, feeder, voices: users, ground, .. } = self;
        what(soundcheck, &mut Stage { feeder, users, ground })
    }

    /// Beats and bars are there from now on.
    pub fn set_grid(&mut self, grid: Grid) {
        if let Some(player) = &mut self.player {
            player.set_grid(grid);
        }
    }

    /// Looks anew at what is to be told, the box being at the absolute frame `position`; so many starts and parts of streams
    /// were late.
    pub fn look(&mut self, [late_starts, late_reads]: [u64; 2], position: u64) {
        self.feeder.allow(self.soundcheck.bytes() + self.player.as_ref().map_or(0, Player::stream_bytes));
        let Some(player) = &self.player else { return };
        let name = |place| self.shape.name(place).map(|name| name.to_string());
        let playing = player.playing(position);
        let mut pads = tuned(pads(player.states()), &player.tunes());
        for (place, settings) in player.live().all() {
            let pad = pads.iter_mut().find(|pad| name(place).as_ref() == Some(&pad.pad));
            pad.into_iter().for_each(|pad| pad.set = settings.clone());
        }
        let times =
            playing.iter().filter_map(|(place, from)| self.time(player, (*place, *from), position)).collect();
        self.report = PlayerReport {
            pads,
            playing: playing.into_iter().filter_map(|(place, _)| name(place)).collect(),
            faults: player.faults(),
            memory_bytes: player.bytes(),
            late_starts,
            late_reads,
            refused: self.report.refused,
            broken_reads: self.report.broken_reads,
            times,
        };
    }

    /// How far a pad has come that was started at the frame `from`.
    fn time(&self, player: &Player, (place, from): (usize, u64), position: u64) -> Option<PadTime> {
        let tenths = |seconds: f64| (seconds.max(0.0) * 10.0).round() / 10.0;
        let elapsed = position.saturating_sub(from) as f64 / f64::from(self.sample_rate.max(1));
        Some(PadTime {
            pad: self.shape.name(place)?.to_string(),
            elapsed_s: tenths(elapsed),
            remaining_s: player.plays_for(place).map(|seconds| tenths(seconds - elapsed)),
        })
    }

    /// Hears what voices tell, has them go on with clips that were made anew, and sends what waits. Often enough that all voices
    /// can end meanwhile.
    pub fn turn(&mut self, ground: Ground) {
        self.ground = ground;
        for told in self.feeder.turn() {
            match told {
                Told::Ended(voice) => self.ended(voice, false),
                Told::Refused(voice) => {
                    self.report.refused += 1;
                    tracing::warn!("a clip was not played: voice {voice} could not take it");
                    self.ended(voice, true);
                }
                Told::Late(voice, frames) => {
                    tracing::warn!("a clip began {frames} frames late, on voice {voice}");
                }
                Told::Fault { voice, why, goes_on } => self.fault(voice, &why, goes_on),
            }
        }
        let next = self.next(self.ground.now);
        let retuned = self.player.as_mut().map(|player| player.retuned(next));
        retuned.into_iter().flatten().for_each(|order| self.order(order));
        self.swap_streams();
        self.feeder.send();
        self.on_stage(|soundcheck, stage| soundcheck.turn(stage));
    }

    /// A stream ends too early.
    fn fault(&mut self, voice: u8, why: &str, goes_on: bool) {
        if let Some(Some(User::Take(run))) = self.voices.get(usize::from(voice)).copied() {
            return self.on_stage(|soundcheck, stage| soundcheck.broken(run, why, goes_on, stage));
        }
        self.report.broken_reads += 1;
        tracing::warn!("a clip ends too early: {why}");
        if !goes_on {
            self.feeder.order(VoiceOrder::Stop { voice, at: 0, fade: self.sample_rate / GIVES_UP });
            self.feeder.send();
        }
    }

    fn ended(&mut self, voice: u8, refused: bool) {
        match self.voices.get_mut(usize::from(voice)).and_then(Option::take) {
            Some(User::Pad(id)) => self.let_go(id),
            Some(User::Take(run)) => {
                self.on_stage(|soundcheck, stage| soundcheck.ended(run, refused, stage));
            }
            Some(User::Leaving) | None => {}
        }
    }

    fn let_go(&mut self, id: VoiceId) {
        if let Some(player) = &mut self.player {
            player.ended(id);
        }
    }

    fn order(&mut self, order: Order) {
        match order {
            Order::Stop { voice, at, fade } => {
                let Some(place) = self.of(voice) else { return };
                self.feeder.order(VoiceOrder::Stop { voice: place as u8, at, fade });
            }
            Order::Start(start) => self.start_voice(start),
            Order::Change(voice, change) => {
                let Some(place) = self.of(voice) else { return };
                for change in changes(&change, self.sample_rate) {
                    self.feeder.order(VoiceOrder::Set { voice: place as u8, change });
                }
            }
            Order::Swap(start) => self.swap(start),
        }
    }

    /// Which voice plays it.
    fn of(&self, voice: VoiceId) -> Option<usize> {
        self.voices.iter().position(|user| *user == Some(User::Pad(voice)))
    }

    fn free(&self) -> Option<usize> {
        self.voices.iter().position(Option::is_none)
    }

    fn start_voice(&mut self, start: Start) {
        let settings = settings(&start, self.sample_rate);
        let free = self.free();
        let place = free.filter(|_| settings.are_sound(start.sound.frames()));
        let Some(place) = place else {
            self.report.refused += 1;
            let why = if free.is_none() { "all voices are busy" } else { "its speed is beyond 0.25..4" };
            tracing::warn!("a clip was not played: {why}");
            return self.let_go(start.voice);
        };
        self.voices[place] = Some(User::Pad(start.voice));
        let (voice, clip, at) = (place as u8, start.sound, start.at);
        match start.stream {
            Some(stream) => {
                self.feeder.start_stream(voice, stream.head(), (settings, at), stream.opening(0));
            }
            None => self.feeder.order(VoiceOrder::Start { voice, clip, settings, at }),
        }
    }
}

fn settings(start: &Start, sample_rate: u32) -> VoiceSettings {
    VoiceSettings {
        gain: Gain(start.gain),
        speed: start.step,
        start: start.from as usize,
        fade_in: start.fade_in,
        repeat: repeat(start.repeat, start.blend),
        bands: bands(start.eq_db, sample_rate),
        route: route(start.strips, start.sound.channels()),
        ..VoiceSettings::default()
    }
}

fn repeat(points: Option<[u64; 2]>, blend: u32) -> Option<Loop> {
    points.map(|[from, to]| Loop { from: from as usize, to: to as usize, fade: blend as usize })
}

/// A change as a voice is told it.
fn changes(change: &Change, sample_rate: u32) -> Vec<VoiceChange> {
    match change {
        Change::Gain(gain) => vec![VoiceChange::Gain(Gain(*gain))],
        Change::Eq(gains) => {
            let bands = (0..).zip(bands(*gains, sample_rate));
            bands.map(|(band, section)| VoiceChange::Band(band, section)).collect()
        }
        Change::Strips(strips, channels) => vec![VoiceChange::Route(route(*strips, *channels))],
        Change::Repeat(points) => vec![VoiceChange::Repeat(repeat(*points, 0))],
        Change::Speed(step) => vec![VoiceChange::Speed(*step)],
    }
}

/// Of a clip of two channels one strip has the mean, so that it is no louder than either.
fn route(strips: [Option<usize>; 2], channels: usize) -> Route {
    let to = |strip: Option<usize>, gain| {
        strip.and_then(|strip| u8::try_from(strip).ok()).map(|strip| To { strip, gain: Gain(gain) })
    };
    match strips {
        [Some(one), None] if channels == 2 => [to(Some(one), 0.5), to(Some(one), 0.5)],
        [left, right] => [to(left, 1.0), to(right, 1.0)],
    }
}

fn bands(gains: [f32; VOICE_BANDS], sample_rate: u32) -> [Option<Section>; VOICE_BANDS] {
    let mut sections = [None; VOICE_BANDS];
    for ((section, gain_db), (kind, hz)) in sections.iter_mut().zip(gains).zip(BANDS) {
        let band = EqBand { kind, hz, gain_db: Db(gain_db), ..EqBand::default() };
        let heard = gain_db != 0.0 && hz * 2.0 < sample_rate as f32;
        *section = heard.then(|| coefficients::band(&band, sample_rate));
    }
    sections
}
