//! Clips on their way to the voices: which voice plays what, and what voices tell.
//!
//! Runs on: supervisor.
use super::feeder::{Feeder, Told};
use super::player_ask::PlayerAsk;
use super::player_report::pads;
use super::{RunError, coefficients};
use crate::config::{BandKind, BankShape, Config, Db, EqBand};
use crate::play::grid::Grid;
use crate::play::order::{Order, Start};
use crate::play::pads::Ask;
use crate::play::settings::PlayerSettings;
use crate::play::thread::Player;
use crate::play::voices::VoiceId;
use crate::rt_io::players_end::PlayersEnd;
use crate::telemetry::PlayerReport;
use vestry_rt::message::Gain;
use vestry_rt::section::Section;
use vestry_rt::voice::{Loop, Route, To, VOICE_BANDS, VOICES, VoiceOrder, VoiceSettings};

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

    /// Looks anew at what is to be told; so many starts and parts of streams were late.
    pub fn look(&mut self, [late_starts, late_reads]: [u64; 2]) {
        let name = |place| self.shape.name(place).map(|name| name.to_string());
        self.report = PlayerReport {
            pads: pads(self.player.states()),
            playing: self.player.playing().into_iter().filter_map(name).collect(),
            faults: self.player.faults(),
            memory_bytes: self.player.bytes(),
            late_starts,
            late_reads,
            refused: self.report.refused,
            broken_reads: self.report.broken_reads,
        };
        self.feeder.allow(self.player.stream_bytes());
    }

    /// Does what somebody wants, the box being at the absolute frame `position`.
    ///
    /// # Errors
    /// Why nothing is done.
    pub fn ask(&mut self, ask: PlayerAsk, position: u64) -> Result<(), String> {
        let Some(ask) = self.of_bank(ask)? else {
            self.player.rescan();
            return Ok(());
        };
        if self.feeder.is_full() {
            return Err("the voices take no orders at the moment; try again".into());
        }
        let now = position + u64::from(self.sample_rate) / AHEAD;
        let orders = self.player.request(ask, now).map_err(|refusal| refusal.to_string())?;
        orders.into_iter().for_each(|order| self.order(order));
        self.feeder.send();
        Ok(())
    }

    /// The same with places of the bank; `None` is a look at the folder.
    fn of_bank(&self, ask: PlayerAsk) -> Result<Option<Ask>, String> {
        let place = |pad| self.shape.index(pad).ok_or_else(|| format!("pad {pad}: there is none"));
        Ok(match ask {
            PlayerAsk::Press(pad) => Some(Ask::Trigger(place(pad)?)),
            PlayerAsk::Release(pad) => Some(Ask::Release(place(pad)?)),
            PlayerAsk::Stop(pad) => Some(Ask::Stop(place(pad)?)),
            PlayerAsk::StopAll => Some(Ask::StopAll),
            PlayerAsk::Rescan => None,
        })
    }

    /// Hears what voices tell, and sends what waits. Often enough that 64 voices can end meanwhile.
    pub fn turn(&mut self) {
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
        if let Some(id) = self.voices.get_mut(usize::from(voice)).and_then(Option::take) {
            self.player.ended(id);
        }
    }

    fn order(&mut self, order: Order) {
        match order {
            Order::Stop { voice, at, fade } => {
                let Some(place) = self.voices.iter().position(|id| *id == Some(voice)) else { return };
                self.feeder.order(VoiceOrder::Stop { voice: place as u8, at, fade });
            }
            Order::Start(start) => self.start_voice(start),
        }
    }

    fn start_voice(&mut self, start: Start) {
        let settings = settings(&start, self.sample_rate);
        let free = self.voices.iter().position(Option::is_none);
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
                self.feeder.start_stream(voice, stream.head(), (settings, at), stream.opening());
            }
            None => self.feeder.order(VoiceOrder::Start { voice, clip, settings, at }),
        }
    }
}

fn settings(start: &Start, sample_rate: u32) -> VoiceSettings {
    VoiceSettings {
        gain: Gain(start.gain),
        speed: start.step,
        repeat: start.repeat.map(|[from, to]| Loop { from: from as usize, to: to as usize, fade: 0 }),
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
