//! Clips on their way to the voices: which voice plays what, orders that wait for room, and what voices tell.
//!
//! Runs on: supervisor.
mod tune;

use super::player_ask::PlayerAsk;
use super::player_report::{pads, tuned};
use super::{RunError, coefficients};
use crate::config::{BandKind, BankShape, Config, Db, EqBand, PadName};
use crate::play::grid::Grid;
use crate::play::order::{Order, Start};
use crate::play::pads::Ask;
use crate::play::settings::PlayerSettings;
use crate::play::thread::Player;
use crate::play::voices::VoiceId;
use crate::rt_io::players_end::PlayersEnd;
use crate::telemetry::PlayerReport;
use std::collections::VecDeque;
use vestry_rt::message::Gain;
use vestry_rt::section::Section;
use vestry_rt::voice::{Loop, Route, To, VOICE_BANDS, VOICES, VoiceOrder, VoiceReport, VoiceSettings};

/// A press is heard this part of a second later: by then its orders are there, so that stems begin on one frame.
const AHEAD: u64 = 100;
/// Orders that may wait for room; a press that finds more is refused.
const MOST_WAITING: usize = 1_024;
/// A pad's equaliser: low, middle and high frequencies.
const BANDS: [(BandKind, f32); VOICE_BANDS] =
    [(BandKind::LowShelf, 200.0), (BandKind::Bell, 1_000.0), (BandKind::HighShelf, 5_000.0)];

/// The player and the voices that play for it.
pub struct Playback {
    player: Player,
    end: PlayersEnd,
    sample_rate: u32,
    /// What each voice plays, or is going to. There are more than the player has at once: those that give way fade meanwhile.
    voices: [Option<VoiceId>; VOICES],
    /// Voices that fade while another one goes on for them, as bits.
    leaving: u64,
    waiting: VecDeque<VoiceOrder>,
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
            end,
            sample_rate: config.sample_rate,
            voices: [None; VOICES],
            leaving: 0,
            waiting: VecDeque::new(),
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

    /// Looks anew at what is to be told; so many starts were `late`.
    pub fn look(&mut self, late: u64) {
        let name = |place| self.shape.name(place).map(|name| name.to_string());
        self.report = PlayerReport {
            pads: tuned(pads(self.player.states()), &self.player.tunes()),
            playing: self.player.playing().into_iter().filter_map(name).collect(),
            faults: self.player.faults(),
            memory_bytes: self.player.bytes(),
            late_starts: late,
            refused: self.report.refused,
        };
    }

    /// Does what somebody wants, the box being at the absolute frame `position`.
    ///
    /// # Errors
    /// Why nothing is done.
    pub fn ask(&mut self, ask: PlayerAsk, position: u64) -> Result<(), String> {
        if self.waiting.len() > MOST_WAITING {
            return Err("the voices take no orders at the moment; try again".into());
        }
        let now = self.next(position);
        if let PlayerAsk::Tune(pad, tune) = ask {
            return self.tune(pad, tune, now);
        }
        let Some(ask) = self.of_bank(ask)? else {
            self.player.rescan();
            return Ok(());
        };
        let orders = self.player.request(ask, now).map_err(|refusal| refusal.to_string())?;
        orders.into_iter().for_each(|order| self.order(order));
        self.send();
        Ok(())
    }

    /// The first frame that orders of now can still change.
    fn next(&self, position: u64) -> u64 {
        position + u64::from(self.sample_rate) / AHEAD
    }

    fn place(&self, pad: PadName) -> Result<usize, String> {
        self.shape.index(pad).ok_or_else(|| format!("pad {pad}: there is none"))
    }

    /// The same with places of the bank; `None` is a look at the folder.
    fn of_bank(&self, ask: PlayerAsk) -> Result<Option<Ask>, String> {
        let place = |pad| self.place(pad);
        Ok(match ask {
            PlayerAsk::Press(pad) => Some(Ask::Trigger(place(pad)?)),
            PlayerAsk::Release(pad) => Some(Ask::Release(place(pad)?)),
            PlayerAsk::Stop(pad) => Some(Ask::Stop(place(pad)?)),
            PlayerAsk::StopAll => Some(Ask::StopAll),
            PlayerAsk::Rescan | PlayerAsk::Tune(..) => None,
        })
    }

    /// Hears what voices tell, has them go on with clips that were made anew, and sends what waits. Often enough that 64 voices can
    /// end meanwhile.
    pub fn turn(&mut self, position: u64) {
        while let Some(report) = self.end.report() {
            match report {
                // The clip is let go here, where memory may be freed.
                VoiceReport::Ended { voice, .. } => self.ended(voice),
                VoiceReport::Refused { voice, .. } => {
                    self.report.refused += 1;
                    tracing::warn!("a clip was not played: voice {voice} could not take it");
                    self.ended(voice);
                }
                VoiceReport::Late { voice, frames } => {
                    tracing::warn!("a clip began {frames} frames late, on voice {voice}");
                }
            }
        }
        let retuned = self.player.retuned(self.next(position));
        retuned.into_iter().for_each(|order| self.order(order));
        self.send();
    }

    fn ended(&mut self, voice: u8) {
        if self.leaving >> voice & 1 == 1 {
            self.leaving &= !(1 << voice);
        } else if let Some(id) = self.voices.get_mut(usize::from(voice)).and_then(Option::take) {
            self.player.ended(id);
        }
    }

    fn send(&mut self) {
        while let Some(order) = self.waiting.pop_front() {
            if let Err(order) = self.end.order(order) {
                self.waiting.push_front(order);
                return;
            }
        }
    }

    fn order(&mut self, order: Order) {
        match order {
            Order::Stop { voice, at, fade } => {
                let Some(place) = self.of(voice) else { return };
                self.waiting.push_back(VoiceOrder::Stop { voice: place as u8, at, fade });
            }
            Order::Start(start) => self.start_voice(start),
            Order::Speed { voice, step } => self.glide(voice, step),
            Order::Swap(start) => self.swap(start),
        }
    }

    /// Which voice plays it.
    fn of(&self, voice: VoiceId) -> Option<usize> {
        self.voices.iter().position(|id| *id == Some(voice))
    }

    fn free(&self) -> Option<usize> {
        let mut voices = self.voices.iter().enumerate();
        voices
            .find(|(place, voice)| voice.is_none() && self.leaving >> place & 1 == 0)
            .map(|(place, _)| place)
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
        self.waiting.push_back(VoiceOrder::Start { voice, clip, settings, at });
    }
}

fn settings(start: &Start, sample_rate: u32) -> VoiceSettings {
    VoiceSettings {
        gain: Gain(start.gain),
        speed: start.step,
        start: start.from as usize,
        fade_in: start.fade_in,
        repeat: start.repeat.map(|[from, to]| Loop {
            from: from as usize,
            to: to as usize,
            fade: start.blend as usize,
        }),
        bands: bands(start.eq_db, sample_rate),
        route: route(start.strips, start.sound.channels()),
        ..VoiceSettings::default()
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
