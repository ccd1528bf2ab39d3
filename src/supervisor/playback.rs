//! Clips on their way to the voices: which voice plays what, and what voices tell.
//!
//! Runs on: supervisor.
mod tune;

use super::feeder::{Feeder, Told};
use super::player_ask::{PlayerAsk, Recall};
use super::player_report::{pads, tuned};
use super::{RunError, coefficients};
use crate::config::{BandKind, BankShape, Config, Db, EqBand, PadName};
use crate::play::grid::Grid;
use crate::play::order::{Change, Order, Start};
use crate::play::pads::Ask;
use crate::play::settings::PlayerSettings;
use crate::play::stream::thread::StreamId;
use crate::play::thread::Player;
use crate::play::voices::VoiceId;
use crate::rt_io::players_end::PlayersEnd;
use crate::telemetry::{PadTime, PlayerReport};
use vestry_rt::message::Gain;
use vestry_rt::section::Section;
use vestry_rt::voice::{Loop, Route, To, VOICE_BANDS, VOICES, VoiceChange, VoiceOrder, VoiceSettings};

/// A press is heard this part of a second later: by then its orders are there, so that stems begin on one frame.
const AHEAD: u64 = 100;
/// A clip that cannot be read on fades for this part of a second: that much of it is there.
const GIVES_UP: u32 = 4;
/// A pad's equaliser: low, middle and high frequencies.
const BANDS: [(BandKind, f32); VOICE_BANDS] =
    [(BandKind::LowShelf, 200.0), (BandKind::Bell, 1_000.0), (BandKind::HighShelf, 5_000.0)];

/// The player and the voices that play for it.
pub struct Playback {
    player: Player,
    feeder: Feeder,
    sample_rate: u32,
    /// What each voice plays, or is going to. There are more than the player has at once: those that give way fade meanwhile.
    voices: [Option<VoiceId>; VOICES],
    /// Voices that fade while another one goes on for them, as bits.
    leaving: u128,
    /// Streams that are read for voices that are to go on with them.
    swaps: Vec<(StreamId, Start)>,
    shape: BankShape,
    report: PlayerReport,
}

impl Playback {
    /// The player of a configuration; none where it has none.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(config: &Config, end: Option<PlayersEnd>) -> Result<Option<Self>, RunError> {
        let (Some(settings), Some(end)) = (PlayerSettings::of(config), end) else { return Ok(None) };
        Ok(Some(Self {
            shape: settings.shape,
            player: Player::start(settings).map_err(RunError::Player)?,
            feeder: Feeder::start(end).map_err(RunError::Player)?,
            sample_rate: config.sample_rate,
            voices: [None; VOICES],
            leaving: 0,
            swaps: Vec::new(),
            report: PlayerReport::default(),
        }))
    }

    /// What is told of it.
    pub fn report(&self) -> &PlayerReport {
        &self.report
    }

    /// Beats and bars are there from now on.
    pub fn set_grid(&mut self, grid: Grid) {
        self.player.set_grid(grid);
    }

    /// Looks anew at what is to be told, the box being at the absolute frame `position`; so many starts and parts of streams
    /// were late.
    pub fn look(&mut self, [late_starts, late_reads]: [u64; 2], position: u64) {
        let name = |place| self.shape.name(place).map(|name| name.to_string());
        let playing = self.player.playing(position);
        let mut pads = tuned(pads(self.player.states()), &self.player.tunes());
        for (place, settings) in self.player.live().all() {
            let pad = pads.iter_mut().find(|pad| name(place).as_ref() == Some(&pad.pad));
            pad.into_iter().for_each(|pad| pad.set = settings.clone());
        }
        let times = playing.iter().filter_map(|(place, from)| self.time(*place, *from, position)).collect();
        self.report = PlayerReport {
            pads,
            playing: playing.into_iter().filter_map(|(place, _)| name(place)).collect(),
            faults: self.player.faults(),
            memory_bytes: self.player.bytes(),
            late_starts,
            late_reads,
            refused: self.report.refused,
            broken_reads: self.report.broken_reads,
            times,
        };
        self.feeder.allow(self.player.stream_bytes());
    }

    /// How far a pad has come that was started at the frame `from`.
    fn time(&self, place: usize, from: u64, position: u64) -> Option<PadTime> {
        let tenths = |seconds: f64| (seconds.max(0.0) * 10.0).round() / 10.0;
        let elapsed = position.saturating_sub(from) as f64 / f64::from(self.sample_rate.max(1));
        Some(PadTime {
            pad: self.shape.name(place)?.to_string(),
            elapsed_s: tenths(elapsed),
            remaining_s: self.player.plays_for(place).map(|seconds| tenths(seconds - elapsed)),
        })
    }

    /// Does what somebody wants, the box being at the absolute frame `position`; what of a scene could not be done.
    ///
    /// # Errors
    /// Why nothing is done.
    pub fn ask(&mut self, ask: PlayerAsk, position: u64) -> Result<Vec<String>, String> {
        if self.feeder.is_full() {
            return Err("the voices take no orders at the moment; try again".into());
        }
        let now = self.next(position);
        let missed = match ask {
            PlayerAsk::Rescan => {
                self.player.rescan();
                Vec::new()
            }
            PlayerAsk::Recall(recall) => self.recall(*recall, now),
            ask => {
                self.one(ask, now)?;
                Vec::new()
            }
        };
        self.feeder.send();
        Ok(missed)
    }

    fn one(&mut self, ask: PlayerAsk, now: u64) -> Result<(), String> {
        let place = |pad: PadName| self.place(pad);
        let ask = match ask {
            PlayerAsk::Press(pad) => Ask::Trigger(place(pad)?),
            PlayerAsk::Release(pad) => Ask::Release(place(pad)?),
            PlayerAsk::Stop(pad) => Ask::Stop(place(pad)?),
            PlayerAsk::Toggle(pad) => Ask::Toggle(place(pad)?),
            PlayerAsk::Finish(pad) => Ask::Finish(place(pad)?),
            PlayerAsk::StopAll => Ask::StopAll,
            PlayerAsk::Set(pad, settings) => {
                let orders = self.player.set(place(pad)?, *settings)?;
                orders.into_iter().for_each(|order| self.order(order));
                return Ok(());
            }
            PlayerAsk::Tune(pad, tune) => return self.tune(pad, tune, now),
            PlayerAsk::Recall(_) | PlayerAsk::Rescan => return Ok(()),
        };
        self.request(ask, now)
    }

    /// The first frame that orders of now can still change.
    fn next(&self, position: u64) -> u64 {
        position + u64::from(self.sample_rate) / AHEAD
    }

    fn place(&self, pad: PadName) -> Result<usize, String> {
        self.shape.index(pad).ok_or_else(|| format!("pad {pad}: there is none"))
    }

    fn request(&mut self, ask: Ask, now: u64) -> Result<(), String> {
        let orders = self.player.request(ask, now).map_err(|refusal| refusal.to_string())?;
        orders.into_iter().for_each(|order| self.order(order));
        Ok(())
    }

    /// Does all that can be done of it, on one frame; what cannot be, and why.
    fn recall(&mut self, recall: Recall, now: u64) -> Vec<String> {
        let Recall { set, stop, start } = recall;
        let set = set.into_iter().map(|(pad, settings)| (pad, PlayerAsk::Set(pad, Box::new(settings))));
        let stop = stop.into_iter().map(|pad| (pad, PlayerAsk::Stop(pad)));
        let mut missed = Vec::new();
        for (pad, ask) in set.chain(stop) {
            missed.extend(self.one(ask, now).err().map(|why| format!("pad {pad}: {why}")));
        }
        for pad in start {
            let started = match self.shape.index(pad) {
                Some(place) => self.request(Ask::Start(place), now),
                None => Err("there is none".into()),
            };
            missed.extend(started.err().map(|why| format!("pad {pad} does not start: {why}")));
        }
        missed
    }

    /// Hears what voices tell, has them go on with clips that were made anew, and sends what waits, the box being at the absolute
    /// frame `position`. Often enough that all voices can end meanwhile.
    pub fn turn(&mut self, position: u64) {
        for told in self.feeder.turn() {
            match told {
                Told::Ended(voice) => self.ended(voice),
                Told::Refused(voice) => {
                    self.report.refused += 1;
                    tracing::warn!("a clip was not played: voice {voice} could not take it");
                    self.ended(voice);
                }
                Told::Late(voice, frames) => {
                    tracing::warn!("a clip began {frames} frames late, on voice {voice}");
                }
                Told::Fault { voice, why, goes_on } => self.fault(voice, &why, goes_on),
            }
        }
        let retuned = self.player.retuned(self.next(position));
        retuned.into_iter().for_each(|order| self.order(order));
        self.swap_streams();
        self.feeder.send();
    }

    /// A stream ends too early.
    fn fault(&mut self, voice: u8, why: &str, goes_on: bool) {
        self.report.broken_reads += 1;
        tracing::warn!("a clip ends too early: {why}");
        if !goes_on {
            self.feeder.order(VoiceOrder::Stop { voice, at: 0, fade: self.sample_rate / GIVES_UP });
            self.feeder.send();
        }
    }

    fn ended(&mut self, voice: u8) {
        if self.leaving >> voice & 1 == 1 {
            self.leaving &= !(1 << voice);
        } else if let Some(id) = self.voices.get_mut(usize::from(voice)).and_then(Option::take) {
            self.player.ended(id);
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
        self.voices.iter().position(|id| *id == Some(voice))
    }

    fn free(&self) -> Option<usize> {
        let mut voices = self.voices.iter().enumerate();
        let free =
            |(place, voice): &(usize, &Option<VoiceId>)| voice.is_none() && self.leaving >> place & 1 == 0;
        voices.find(free).map(|(place, _)| place)
    }

    fn start_voice(&mut self, start: Start) {
        let settings = settings(&start, self.sample_rate);
        let free = self.free();
        let place = free.filter(|_| settings.are_sound(start.sound.frames()));
        let Some(place) = place else {
            self.report.refused += 1;
            let why = if free.is_none() { "all voices are busy" } else { "its speed is beyond 0.25..4" };
            tracing::warn!("a clip was not played: {why}");
            return self.player.ended(start.voice);
        };
        self.voices[place] = Some(start.voice);
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
