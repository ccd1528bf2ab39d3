//! The player's pads as people have set them, and which one the panel's buttons mean. Pure.
//!
//! Runs on: supervisor.
use super::player_ask::{PlayerAsk, Recall, within};
use crate::config::{BankShape, Config, PadConfig, PadName, PadSettings, ScenePads};
use crate::panel::PanelAction;
use crate::telemetry::{PadChange, PlayerReport};
use std::collections::BTreeMap;
use std::sync::Arc;

/// All of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PadDesk {
    /// None, and there is no player.
    bank: Option<BankShape>,
    inputs: usize,
    /// Pads that the configuration says something of; it never changes, and this is cloned for each request.
    configured: Arc<BTreeMap<PadName, PadConfig>>,
    /// What is set beside that.
    live: BTreeMap<PadName, PadSettings>,
    /// Pads that have a file, in order.
    there: Vec<PadName>,
    selected: Option<PadName>,
    /// The one that a button holds.
    held: Option<PadName>,
}

/// Of a bank in which nothing is.
const FIRST: PadName = PadName { bank: 1, row: 1, column: 1 };

impl PadDesk {
    /// As the configuration sets it.
    pub fn new(config: &Config) -> Self {
        let shape = config.player.shape();
        let places = config.pad_places().into_iter().zip(&config.pad);
        let named = |(place, pad): (Option<usize>, &PadConfig)| Some((shape.name(place?)?, pad.clone()));
        Self {
            bank: config.player.dir.is_some().then_some(shape),
            inputs: config.inputs,
            configured: Arc::new(places.filter_map(named).collect()),
            ..Self::default()
        }
    }

    /// The bank; none, and there is no player.
    pub fn bank(&self) -> Option<BankShape> {
        self.bank
    }

    /// Sees which pads have a file.
    pub fn see(&mut self, player: &PlayerReport) {
        self.there.clear();
        self.there.extend(player.pads.iter().filter_map(|pad| pad.pad.parse::<PadName>().ok()));
    }

    /// The pad that buttons mean: the first that has a file, until somebody selects another.
    pub fn selected(&self) -> PadName {
        self.selected.or(self.there.first().copied()).unwrap_or(FIRST)
    }

    /// Does what a button means of pads; what the player is to do for that.
    pub fn meant(&mut self, action: PanelAction) -> Option<PlayerAsk> {
        match action {
            PanelAction::PressPad => return Some(self.press()),
            PanelAction::ReleasePad => return self.release(),
            PanelAction::StopPads => return Some(PlayerAsk::StopAll),
            PanelAction::NextPad => self.select_next(),
            PanelAction::NextBank => self.select_next_bank(),
            _ => {}
        }
        None
    }

    /// Selects the next pad that has a file; after the last comes the first.
    fn select_next(&mut self) {
        let now = self.selected();
        self.select_first(|pad| *pad > now);
    }

    /// Selects the first such pad of the next bank that has one.
    fn select_next_bank(&mut self) {
        let now = self.selected();
        self.select_first(|pad| pad.bank > now.bank);
    }

    fn select_first(&mut self, which: impl Fn(&PadName) -> bool) {
        self.selected = self.there.iter().copied().find(which).or(self.there.first().copied());
    }

    /// A button presses the selected pad: what plays stops.
    fn press(&mut self) -> PlayerAsk {
        let pad = self.selected();
        self.held = Some(pad);
        PlayerAsk::Toggle(pad)
    }

    /// The button is let go; it means the pad that it pressed.
    fn release(&mut self) -> Option<PlayerAsk> {
        self.held.take().map(PlayerAsk::Release)
    }

    /// Sets a pad; an input is `fed` where its strip plays clips.
    ///
    /// # Errors
    /// There is no such pad, or a value cannot be; nothing is changed then.
    pub fn set(&mut self, change: &PadChange, fed: impl Fn(usize) -> bool) -> Result<PlayerAsk, String> {
        let PadChange { pad, reset, settings } = change;
        within(*pad, self.bank)?;
        if settings.is_empty() && !reset {
            return Err("there is nothing in it that could be set, such as gain_db".into());
        }
        if let Some(wrong) = settings.wrong(self.inputs).first() {
            return Err(format!("{} {}: {}", wrong.key, wrong.value, wrong.right));
        }
        if let Some(input) = settings.strips.iter().flatten().find(|input| !fed(**input)) {
            return Err(format!("strips: input {input} plays no clips: its source must be \"player\""));
        }
        let before = self.live.get(pad).filter(|_| !reset).cloned().unwrap_or_default();
        let after = before.then(settings);
        self.groups(*pad, &after)?;
        self.keep(*pad, after.clone());
        Ok(PlayerAsk::Set(*pad, Box::new(after)))
    }

    /// Stems start as one, so that none may choke another.
    fn groups(&self, pad: PadName, settings: &PadSettings) -> Result<(), String> {
        let usual = PadConfig::default();
        let config = settings.over(self.configured.get(&pad).unwrap_or(&usual));
        let alike = |other: PadConfig| {
            config.stem.is_some() && other.stem == config.stem && other.choke == config.choke
        };
        let now = |(name, other): (&PadName, &PadConfig)| {
            self.live.get(name).map_or_else(|| other.clone(), |settings| settings.over(other))
        };
        let mut others = self.configured.iter().filter(|(name, _)| **name != pad);
        match (config.choke, others.find(|other| alike(now(*other)))) {
            (Some(choke), Some((other, _))) => Err(format!(
                "choke {choke}: must be another group than that of pad {other}, a stem of the same"
            )),
            _ => Ok(()),
        }
    }

    fn keep(&mut self, pad: PadName, settings: PadSettings) {
        self.live.remove(&pad);
        if !settings.is_empty() {
            self.live.insert(pad, settings);
        }
    }

    /// What a scene has of it: what is set, and pads that its recall is to start and stop.
    ///
    /// # Errors
    /// There is no player, or no such pad.
    pub fn scene(&self, start: &[PadName], stop: &[PadName]) -> Result<ScenePads, String> {
        start.iter().chain(stop).try_for_each(|pad| within(*pad, self.bank))?;
        if let Some(both) = start.iter().find(|pad| stop.contains(pad)) {
            return Err(format!("stop_pads: {both} is in start_pads: one of the two"));
        }
        let settings = self.bank.map(|_| self.live.clone());
        Ok(ScenePads { settings, start: start.to_vec(), stop: stop.to_vec() })
    }

    /// Makes pads stand as a scene says; nothing where there is nothing to be done.
    pub fn recall(&mut self, scene: &ScenePads) -> Option<PlayerAsk> {
        self.bank?;
        let after = scene.settings.as_ref().unwrap_or(&self.live);
        let all: Vec<_> = self.live.keys().chain(after.keys()).copied().collect();
        let of = |map: &BTreeMap<PadName, PadSettings>, pad| map.get(&pad).cloned().unwrap_or_default();
        let mut set = BTreeMap::new();
        set.extend(
            all.iter()
                .filter(|pad| of(&self.live, **pad) != of(after, **pad))
                .map(|pad| (*pad, of(after, *pad))),
        );
        self.live = after.clone();
        let recall = Recall { set, stop: scene.stop.clone(), start: scene.start.clone() };
        (!recall.is_empty()).then(|| PlayerAsk::Recall(Box::new(recall)))
    }
}

#[cfg(test)]
#[path = "pad_desk_tests.rs"]
mod tests;
