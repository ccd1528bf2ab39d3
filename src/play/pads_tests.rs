//! Tests of what a press does.
//!
//! Runs on: tests.
use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;
use vestry_rt::click::Tempo;

/// A beat of 1,000 frames, four a bar.
const GRID: Grid = Grid { tempo: Tempo { frames: 1_000, beats: 1 }, beats_a_bar: 4, origin: 0 };

fn pads(rules: &[Rules]) -> Pads {
    Pads::new(rules.to_vec(), GRID)
}

fn rules(mode: PadMode) -> Rules {
    Rules { mode, fade: 240, ..Rules::default() }
}

fn press(pads: &mut Pads, pad: usize, now: u64) -> Vec<Action> {
    pads.ask(Ask::Trigger(pad), now, |_| true).unwrap()
}

fn starts(actions: &[Action]) -> Vec<(usize, u64)> {
    let start = |action: &Action| match action {
        Action::Start { pad, at, .. } => Some((*pad, *at)),
        Action::Stop { .. } | Action::Finish { .. } => None,
    };
    actions.iter().filter_map(start).collect()
}

fn stops(actions: &[Action]) -> Vec<(u64, u32)> {
    let stop = |action: &Action| match action {
        Action::Stop { at, fade, .. } => Some((*at, *fade)),
        Action::Start { .. } | Action::Finish { .. } => None,
    };
    actions.iter().filter_map(stop).collect()
}

#[test]
fn a_one_shot_begins_anew_a_loop_stops_and_a_gate_waits_for_its_release() {
    let mut bank = pads(&[PadMode::OneShot, PadMode::Loop, PadMode::Gate].map(rules));
    for pad in 0..3 {
        assert_eq!(starts(&press(&mut bank, pad, 10)), [(pad, 10)]);
    }
    let again = press(&mut bank, 0, 50);
    assert_eq!((starts(&again), stops(&again)), (vec![(0, 50)], vec![(50, 240)]));
    let again = press(&mut bank, 1, 60);
    assert_eq!((starts(&again), stops(&again)), (vec![], vec![(60, 240)]));
    assert_eq!(starts(&press(&mut bank, 1, 70)), [(1, 70)], "a loop that fades begins anew");
    for pad in 0..2 {
        assert_eq!(bank.ask(Ask::Release(pad), 80, |_| true), Ok(vec![]));
    }
    assert_eq!(stops(&bank.ask(Ask::Release(2), 90, |_| true).unwrap()), [(90, 240)]);
    assert_eq!(bank.ask(Ask::Release(2), 95, |_| true), Ok(vec![]), "it has been released");
}

#[test]
fn a_start_on_the_bar_chokes_on_the_bar_and_can_be_taken_back() {
    let quantised = Rules { quantise: Quantise::Bar, choke: Some(1), ..rules(PadMode::Loop) };
    let mut bank = pads(&[Rules { choke: Some(1), ..rules(PadMode::Loop) }, quantised]);
    press(&mut bank, 0, 100);
    let waits = press(&mut bank, 1, 200);
    assert_eq!((starts(&waits), stops(&waits)), (vec![(1, 4_000)], vec![(4_000, 240)]));
    assert_eq!(stops(&press(&mut bank, 1, 300)), [(300, 240)], "the second press takes it back");
    let sooner = bank.ask(Ask::Stop(0), 400, |_| true).unwrap();
    assert_eq!(stops(&sooner), [(400, 240)], "a stop that is sooner counts");
    assert_eq!(bank.ask(Ask::Stop(0), 500, |_| true), Ok(vec![]));
}

fn ask(pads: &mut Pads, ask: Ask, now: u64) -> Vec<Action> {
    pads.ask(ask, now, |_| true).unwrap()
}

#[test]
fn a_stop_waits_for_its_bar_a_second_one_and_a_stop_of_all_do_not() {
    let on_bar = |mode| Rules { stop_quantise: Quantise::Bar, ..rules(mode) };
    let mut bank = pads(&[PadMode::Loop, PadMode::OneShot, PadMode::Gate].map(on_bar));
    for pad in 0..3 {
        press(&mut bank, pad, 10);
    }
    assert_eq!(stops(&press(&mut bank, 0, 100)), [(4_000, 240)], "a press stops the loop on the bar");
    assert_eq!(stops(&press(&mut bank, 0, 200)), [(200, 240)], "another one at once");
    assert_eq!(starts(&press(&mut bank, 0, 300)), [(0, 300)], "then it begins anew");
    assert_eq!(stops(&ask(&mut bank, Ask::Stop(1), 400)), [(4_000, 240)]);
    assert_eq!(stops(&ask(&mut bank, Ask::Stop(1), 500)), [(500, 240)]);
    assert_eq!(stops(&ask(&mut bank, Ask::Release(2), 600)), [(4_000, 240)]);
    assert_eq!(ask(&mut bank, Ask::Release(2), 700), [], "a release is one however often it is told");
    let mut all = stops(&ask(&mut bank, Ask::StopAll, 800));
    all.sort_unstable();
    assert_eq!(all, [(800, 240); 2], "the loop and the gate");
    assert_eq!(stops(&ask(&mut bank, Ask::Stop(2), 4_100)), [], "it fades already");
}

#[test]
fn a_stop_of_what_has_not_begun_waits_for_nothing() {
    let mut bank =
        pads(&[Rules { quantise: Quantise::Beat, stop_quantise: Quantise::Bar, ..rules(PadMode::OneShot) }]);
    assert_eq!(starts(&press(&mut bank, 0, 10)), [(0, 1_000)]);
    assert_eq!(stops(&ask(&mut bank, Ask::Stop(0), 20)), [(20, 240)]);
}

#[test]
fn a_scene_starts_a_loop_once_and_a_button_starts_and_stops_anything() {
    let mut bank = pads(&[rules(PadMode::Loop), rules(PadMode::OneShot)]);
    for pad in 0..2 {
        assert_eq!(starts(&ask(&mut bank, Ask::Start(pad), 10)), [(pad, 10)]);
    }
    assert_eq!(ask(&mut bank, Ask::Start(0), 20), [], "it goes on");
    assert_eq!(starts(&ask(&mut bank, Ask::Start(1), 20)), [(1, 20)], "it begins anew");
    for pad in 0..2 {
        assert_eq!(stops(&ask(&mut bank, Ask::Toggle(pad), 30)), [(30, 240)]);
        assert_eq!(starts(&ask(&mut bank, Ask::Toggle(pad), 40)), [(pad, 40)]);
    }
}

#[test]
fn what_is_finished_repeats_no_more_and_can_still_be_stopped() {
    let stem = Rules { stem: Some(1), ..rules(PadMode::Loop) };
    let mut bank = pads(&[stem, rules(PadMode::Loop), stem]);
    press(&mut bank, 0, 0);
    press(&mut bank, 1, 0);
    let voices: Vec<_> = bank.voices().filter(|voice| voice.pad != 1).map(|voice| voice.id).collect();
    let finish = voices.iter().map(|voice| Action::Finish { voice: *voice });
    assert_eq!(ask(&mut bank, Ask::Finish(2), 10), finish.collect::<Vec<_>>());
    assert_eq!(stops(&press(&mut bank, 0, 20)), [(20, 240); 2]);
    assert_eq!(ask(&mut bank, Ask::Finish(2), 30), [], "it fades");
    assert_eq!(bank.ask(Ask::Finish(3), 30, |_| true), Err(Refusal::NoPad));
}

#[test]
fn stems_start_and_stop_as_one_or_not_at_all() {
    let stem = Rules { stem: Some(3), quantise: Quantise::Beat, ..rules(PadMode::Loop) };
    let mut bank = pads(&[stem, rules(PadMode::OneShot), stem, stem]);
    assert_eq!(bank.ask(Ask::Trigger(2), 10, |pad| pad != 3), Err(Refusal::NotReady(3)));
    assert_eq!(bank.voices().count(), 0);
    assert_eq!(starts(&press(&mut bank, 2, 1_001)), [(0, 2_000), (2, 2_000), (3, 2_000)]);
    assert_eq!(stops(&press(&mut bank, 0, 2_500)), [(2_500, 240); 3]);
    assert_eq!(bank.ask(Ask::Trigger(4), 0, |_| true), Err(Refusal::NoPad));
    let mut many = pads(&[stem; 51]);
    assert_eq!(many.ask(Ask::Trigger(0), 0, |_| true), Err(Refusal::TooManyStems(51)));
}

#[test]
fn the_51st_takes_the_oldest_voice_and_stems_spare_one_another() {
    let stem = Rules { stem: Some(1), ..rules(PadMode::OneShot) };
    let mut bank = pads(&[vec![rules(PadMode::OneShot); 60], vec![stem; 50]].concat());
    for pad in 0..50 {
        assert_eq!(stops(&press(&mut bank, pad, 0)), []);
    }
    let oldest = *bank.voices().min_by_key(|voice| voice.id.start).unwrap();
    let actions = press(&mut bank, 50, 7);
    assert_eq!(actions[0], Action::Stop { voice: oldest.id, at: 7, fade: 0 });
    assert_eq!(starts(&actions), [(50, 7)]);
    let all = press(&mut bank, 60, 8);
    assert_eq!((starts(&all).len(), stops(&all).len(), bank.voices().count()), (50, 50, 50));
    assert!(bank.voices().all(|voice| voice.pad >= 60));
}

/// The voices as the rt thread would play them: by slot.
#[derive(Default)]
struct Engine {
    slots: BTreeMap<u8, Playing>,
}

#[derive(Clone, Copy, Debug)]
struct Playing {
    id: VoiceId,
    pad: usize,
    from: u64,
    stop: Option<(u64, u32)>,
    length: Option<u64>,
}

impl Playing {
    /// The first frame on which nothing is heard any more.
    fn end(&self) -> Option<u64> {
        let natural = self.length.map(|length| self.from + length);
        let stopped = self.stop.map(|(at, fade)| if at <= self.from { at } else { at + u64::from(fade) });
        natural.into_iter().chain(stopped).min()
    }

    /// Whether it is heard on a frame, and not fading.
    fn sounds(&self, frame: u64) -> bool {
        let over = self.length.is_some_and(|length| frame >= self.from + length);
        self.from <= frame && !over && self.stop.is_none_or(|(at, _)| frame < at)
    }
}

impl Engine {
    fn apply(&mut self, actions: &[Action], rules: &[Rules]) {
        let mut started = false;
        for action in actions {
            match *action {
                Action::Stop { voice, at, fade } => {
                    assert!(!started, "stops come first");
                    let Some(playing) = self.slots.get_mut(&voice.slot) else { continue };
                    assert!(playing.id == voice, "a stop for a voice that plays something else");
                    assert!(fade == 0 || playing.stop.is_none_or(|(before, _)| at < before));
                    playing.stop = Some((at, fade));
                }
                Action::Finish { voice } => {
                    let playing = self.slots.get_mut(&voice.slot).expect("a voice that plays");
                    assert!(playing.id == voice, "an end for a voice that plays something else");
                    playing.length.get_or_insert(700 + 50 * playing.pad as u64);
                }
                Action::Start { voice, pad, at } => {
                    started = true;
                    let length = (rules[pad].mode == PadMode::OneShot).then_some(700 + 50 * pad as u64);
                    let new = Playing { id: voice, pad, from: at, stop: None, length };
                    self.slots.insert(voice.slot, new);
                }
            }
        }
    }

    /// Those that are silent by now are told.
    fn run(&mut self, now: u64, bank: &mut Pads) {
        let over: Vec<_> = self
            .slots
            .values()
            .filter(|playing| playing.end().is_some_and(|end| end <= now))
            .copied()
            .collect();
        for playing in over {
            self.slots.remove(&playing.id.slot);
            bank.ended(playing.id);
        }
    }

    /// Frames on which something begins or ends from `now` on.
    fn edges(&self, now: u64) -> Vec<u64> {
        let of = |playing: &Playing| [Some(playing.from), playing.stop.map(|(at, _)| at), playing.end()];
        let edges = self.slots.values().flat_map(of).flatten().chain([now]);
        edges.filter(|edge| *edge >= now).collect()
    }
}

fn any_rules() -> impl Strategy<Value = Rules> {
    let modes = prop::sample::select(vec![PadMode::OneShot, PadMode::Loop, PadMode::Gate]);
    let waits = prop::sample::select(vec![Quantise::Off, Quantise::Beat, Quantise::Bar]);
    let group = || prop::option::weighted(0.5, 1_u8..4);
    (modes, waits.clone(), waits, group(), group(), 0_u32..500).prop_map(
        |(mode, quantise, stop_quantise, choke, stem, fade)| Rules {
            mode,
            quantise,
            stop_quantise,
            choke,
            stem,
            fade,
        },
    )
}

fn any_ask(pads: usize) -> impl Strategy<Value = Ask> {
    prop_oneof![
        8 => (0..pads).prop_map(Ask::Trigger),
        2 => (0..pads).prop_map(Ask::Release),
        1 => (0..pads).prop_map(Ask::Stop),
        1 => (0..pads).prop_map(Ask::Start),
        1 => (0..pads).prop_map(Ask::Toggle),
        1 => (0..pads).prop_map(Ask::Finish),
    ]
}

proptest! {
    /// Whatever is asked for: of a choke group, and of each pad, one sounds at a time; never more than 50 voices; the
    /// engine's and our own idea of them agree; and after a stop of all every voice is free.
    #[test]
    fn groups_sound_once_and_every_voice_is_freed(
        rules in prop::collection::vec(any_rules(), 1..90),
        asks in prop::collection::vec((any::<prop::sample::Index>(), any_ask(1), 0_u64..900), 1..250),
    ) {
        let mut bank = pads(&rules);
        let (mut engine, mut now) = (Engine::default(), 0);
        for (index, ask, wait) in asks {
            now += wait;
            engine.run(now, &mut bank);
            let pad = index.index(rules.len());
            let ask = match ask {
                Ask::Trigger(_) => Ask::Trigger(pad),
                Ask::Release(_) => Ask::Release(pad),
                Ask::Start(_) => Ask::Start(pad),
                Ask::Toggle(_) => Ask::Toggle(pad),
                Ask::Finish(_) => Ask::Finish(pad),
                Ask::Stop(_) | Ask::StopAll => Ask::Stop(pad),
            };
            let actions = bank.ask(ask, now, |pad| pad % 7 != 6);
            engine.apply(actions.as_deref().unwrap_or_default(), &rules);
            prop_assert!(bank.voices().count() <= VOICES);
            let mut known: Vec<_> = bank.voices().map(|voice| voice.id.start).collect();
            let mut real: Vec<_> = engine.slots.values().map(|playing| playing.id.start).collect();
            known.sort_unstable();
            real.sort_unstable();
            prop_assert_eq!(known, real);
            for edge in engine.edges(now) {
                let sounding: Vec<_> = engine.slots.values().filter(|playing| playing.sounds(edge)).collect();
                for (place, one) in sounding.iter().enumerate() {
                    for other in &sounding[..place] {
                        prop_assert!(one.pad != other.pad, "pad {} twice at {edge}", one.pad);
                        let choke = rules[one.pad].choke;
                        prop_assert!(choke.is_none() || choke != rules[other.pad].choke, "group {choke:?} at {edge}");
                    }
                }
            }
        }
        engine.apply(&bank.ask(Ask::StopAll, now, |_| true).unwrap(), &rules);
        engine.run(now + 10_000, &mut bank);
        prop_assert_eq!(bank.voices().count(), 0);
    }

    /// Whatever a pad is like and whenever it is stopped: it stops on the frame that it waits for, and a second stop brings
    /// it to silence at once.
    #[test]
    fn a_stop_is_on_its_beat_and_a_second_one_at_once(
        rule in any_rules(), began in 0_u64..9_000, wait in 1_u64..9_000, more in 0_u64..9_000
    ) {
        let mut bank = pads(&[Rules { quantise: Quantise::Off, stem: None, ..rule }]);
        press(&mut bank, 0, began);
        let (now, then) = (began + wait, began + wait + more);
        let due = GRID.next(now, rule.stop_quantise);
        prop_assert_eq!(stops(&ask(&mut bank, Ask::Stop(0), now)), vec![(due, rule.fade)]);
        let second = stops(&ask(&mut bank, Ask::Stop(0), then));
        prop_assert_eq!(second, if then < due { vec![(then, rule.fade)] } else { vec![] });
    }
}
