//! Looks at the sound now and then and has it judged: order of the channels, health of the inputs. Carries out what the channel-order guard wants.
//!
//! Runs on: supervisor.
use crate::config::Config;
use crate::guard::{
    ChannelGuard, Echo, EchoStep, HealthMonitor, InputHealth, Look, Order, OrderSettings, Twins, Verdict,
};
use crate::rt_io::assemble::Remote;
use std::time::{Duration, Instant};
use vestry_rt::block::GapCause;
use vestry_rt::message::{Command, Event};
use vestry_rt::meter::MeterFrame;

/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Length of a look in seconds: the lowest mains hum is told from its neighbours.
const LOOK_S: f64 = 0.17;

/// What is known of the card's channels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Channels {
    /// Whether they come in order.
    pub order: Order,
    /// First frame of which that is so.
    pub since: u64,
    /// How far inputs are read further on.
    pub rotation: usize,
    /// Channels (from 0) that carry the same.
    pub same: Vec<(usize, usize)>,
    /// What is wrong with them, in one line.
    pub fault: Option<String>,
    /// Whether the loopback tone comes back; none where none is configured or while that is being found out.
    pub loopback: Option<bool>,
}

/// The guard with what it needs to look and act.
#[derive(Debug)]
pub struct Sentry {
    guard: ChannelGuard,
    twins: Twins,
    echo: Option<Echo>,
    loopback: Option<bool>,
    health: HealthMonitor,
    /// The card's channel (from 0) of each input, as wired.
    wired: Vec<usize>,
    frames: usize,
    asked: Option<Instant>,
    /// Not taken by the engine yet.
    waiting: Vec<Command>,
}

impl Sentry {
    /// Nothing seen yet.
    pub fn new(config: &Config) -> Self {
        let guard = &config.guard;
        let silent_below = f64::from(guard.silent_below_db.to_gain());
        let echo = guard.loopback.map(|wired| {
            let output = u8::try_from(wired.output.saturating_sub(1)).unwrap_or(u8::MAX);
            Echo::new(output, wired.hz, wired.level_db.to_gain(), config.sample_rate)
        });
        let unused: Vec<bool> = config.lanes().iter().map(|lane| lane.unused).collect();
        let settings = OrderSettings {
            silent: guard.silent_channels.iter().map(|channel| channel.saturating_sub(1)).collect(),
            silent_below,
            loopback: guard.loopback.map(|wired| wired.channel.saturating_sub(1)),
        };
        Self {
            guard: ChannelGuard::new(settings),
            twins: Twins::new(silent_below),
            echo,
            loopback: None,
            health: HealthMonitor::new(config.sample_rate, &unused),
            wired: (0..config.inputs)
                .map(|input| usize::from(super::console::shape(config).capture_map[input]))
                .collect(),
            frames: (f64::from(config.sample_rate) * LOOK_S) as usize,
            asked: None,
            waiting: Vec::new(),
        }
    }

    /// Takes note of what rt tells: after a loss the channels may come in another order.
    pub fn on(&mut self, event: &Event) {
        match event {
            Event::Gap { cause: GapCause::PoolFull, .. } => {}
            Event::Gap { position, frames, .. } => self.restarted(position + frames),
            Event::Rotated { rotation, .. } => {
                self.guard.rotated(*rotation);
                self.twins.reread();
            }
            _ => {}
        }
    }

    fn restarted(&mut self, position: u64) {
        self.guard.restarted(position);
        self.twins.restarted(position);
        self.loopback = None;
        if let Some(echo) = &mut self.echo {
            echo.restarted(position);
            self.waiting.push(Command::Tone(None));
        }
    }

    /// Asks for a look when one is due, and has the last one judged. Returns at once.
    pub fn tick(&mut self, remote: &mut Remote, meters: &MeterFrame) {
        self.health.meters(meters.frames, meters.pre.iter().map(|reading| reading.peak));
        if let Some(look) = Look::take(remote.snapshot) {
            self.look(&look);
        }
        if self.asked.is_none_or(|asked| asked.elapsed() >= LOOK_EVERY) {
            self.asked = Some(Instant::now());
            remote.snapshot.want(self.frames);
        }
        // What finds no room now is sent the next time.
        self.waiting.retain(|command| remote.send(std::slice::from_ref(command)).is_err());
    }

    fn look(&mut self, look: &Look) {
        let rotation = self.guard.rotation();
        self.twins.look(look, rotation);
        self.health.look(look, self.wired.iter().map(|wired| (wired + rotation) % look.channels.max(1)));
        let mut verdict = self.guard.look(look);
        match self.echo.as_mut().map_or(EchoStep::Wait, |echo| echo.look(look)) {
            EchoStep::Wait => {}
            EchoStep::Play(tone) => self.waiting.push(Command::Tone(tone)),
            EchoStep::Missing => {
                self.loopback = Some(false);
                self.waiting.push(Command::Tone(None));
            }
            EchoStep::Heard(channel) => {
                self.loopback = Some(true);
                self.waiting.push(Command::Tone(None));
                verdict = self.guard.heard_echo(channel);
            }
        }
        if let Verdict::Rotate(rotation) = verdict {
            self.waiting.push(Command::Rotate(rotation));
        }
    }

    /// How each input does.
    pub fn inputs(&self) -> Vec<InputHealth> {
        self.health.inputs()
    }

    /// What is known.
    pub fn channels(&self) -> Channels {
        let order = self.guard.order();
        let fault = match &order {
            Order::Wrong(reason) => Some(reason.clone()),
            Order::Realigning => None,
            _ => self.twins.fault(),
        };
        Channels {
            order,
            since: self.guard.since(),
            rotation: self.guard.rotation(),
            same: self.twins.pairs().collect(),
            fault,
            loopback: self.loopback,
        }
    }
}
