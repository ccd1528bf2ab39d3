//! What a transport asks for, whatever it is asked.
//!
//! Runs on: test.
use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

const PACE: Pace = Pace { frames: 480_000, step: 1.0, ramp: 480, lead: 480, ahead: 9_600 };
const STRIPS: u32 = 0b1_0111;
/// The lead and the time between two looks.
const LATE: u64 = PACE.lead + 700;

fn range() -> impl Strategy<Value = Span> {
    (0..400_000_u64, 10_000..80_000_u64).prop_map(|(start, length)| [start, start + length])
}

fn asks() -> impl Strategy<Value = Ask> {
    prop_oneof![
        Just(Ask::Play),
        Just(Ask::Pause),
        Just(Ask::Stop),
        (0..480_000_u64).prop_map(Ask::Seek),
        prop::option::of(range()).prop_map(Ask::Loop),
        (any::<u32>(), prop::option::of(range())).prop_map(|(strips, part)| Ask::Punch(strips, part)),
        any::<bool>().prop_map(Ask::Live),
    ]
}

/// The box around a transport: what it was told, and what is heard of that.
struct Stage {
    transport: Transport,
    now: u64,
    /// When each run that was opened is ready.
    opened: BTreeMap<RunId, (u64, Option<Span>, u64)>,
    /// First frame, take's frame and end of each run that began.
    began: Vec<(RunId, Run, Option<u64>)>,
    /// Frames from which on strips are fed so.
    feeds: Vec<(u64, u32, bool)>,
    /// Frames that a medium takes.
    slow: u64,
}

impl Stage {
    fn new(slow: u64) -> Self {
        let transport = Transport::new(PACE, STRIPS);
        Self { transport, now: 1_000, opened: BTreeMap::new(), began: Vec::new(), feeds: Vec::new(), slow }
    }

    fn act(&mut self, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::Open { run, from, repeat } => {
                    assert!(from < PACE.frames && repeat.is_none_or(|part| from < part[1]));
                    self.opened.insert(run, (from, repeat, self.now + self.slow));
                }
                Action::Close(run) => assert!(self.opened.remove(&run).is_some(), "it was open"),
                Action::Stop { run, at } => {
                    assert!(at >= self.now);
                    let last = self.began.last_mut().unwrap();
                    assert!(last.0 == run && last.2.is_none(), "what plays is stopped, once");
                    last.2 = Some(at);
                }
                Action::Start { run, at, .. } => {
                    assert!(at >= self.now + PACE.lead, "{at} at {}", self.now);
                    let (from, repeat, _) = self.opened.remove(&run).unwrap();
                    if let Some((_, _, end)) = self.began.last() {
                        assert!(end.is_some_and(|end| end <= at), "the old one fades by then");
                    }
                    self.began.push((run, Run { from, repeat, at, step: PACE.step }, None));
                }
                Action::Feed { strips, take, at } => {
                    assert!(at >= self.now && strips & !STRIPS == 0);
                    // What was told for later holds no more.
                    for told in &mut self.feeds {
                        if told.0 > self.now {
                            told.1 &= !strips;
                        }
                    }
                    self.feeds.push((at, strips, take));
                }
            }
        }
    }

    /// Time goes on to a frame, in steps of some hundred.
    fn pass(&mut self, frames: u64) {
        let end = self.now + frames;
        while self.now < end {
            self.now = (self.now + 700).min(end);
            let ready: Vec<_> =
                self.opened.iter().filter(|(_, (.., at))| *at <= self.now).map(|(run, _)| *run).collect();
            for run in ready {
                let actions = self.transport.ready(run, self.now);
                self.act(actions);
            }
            if let Some((run, playing, None)) = self.began.last().copied()
                && playing.repeat.is_none()
                && playing.at + (PACE.frames - playing.from) <= self.now
            {
                let actions = self.transport.ended(run, self.now);
                self.began.last_mut().unwrap().2 = Some(self.now);
                self.act(actions);
            }
            let actions = self.transport.turn(self.now, 48_000);
            self.act(actions);
        }
    }

    /// Strips that have the take on a frame, as bits.
    fn fed(&self, at: u64) -> u32 {
        let mut feeds: Vec<_> = self.feeds.iter().filter(|(from, ..)| *from <= at).collect();
        feeds.sort_by_key(|(from, ..)| *from);
        feeds.iter().fold(0, |fed, (_, strips, take)| if *take { fed | strips } else { fed & !strips })
    }
}

proptest! {
    #[test]
    fn whatever_is_asked_one_run_sounds_at_a_time_and_strips_follow(
        steps in prop::collection::vec((asks(), 0u64..60_000), 1..30), slow in 0u64..30_000)
    {
        let mut stage = Stage::new(slow);
        for (ask, pause) in steps {
            let actions = stage.transport.ask(ask, stage.now);
            stage.act(actions);
            stage.pass(pause);
            prop_assert!(stage.transport.fed(stage.now) & !STRIPS == 0);
            if stage.transport.state() == State::Playing {
                let (_, run, end) = *stage.began.last().unwrap();
                prop_assert!(end.is_none());
                prop_assert_eq!(stage.transport.position(stage.now), run.position(stage.now).min(PACE.frames));
                prop_assert!(stage.transport.fed(stage.now) == stage.fed(stage.now) || run.at > stage.now);
            }
        }
        // All that goes round comes to an end, and then all is as it was.
        let actions = stage.transport.ask(Ask::Stop, stage.now);
        stage.act(actions);
        stage.pass(10_000);
        prop_assert_eq!((stage.transport.state(), stage.transport.fed(stage.now), stage.fed(stage.now)), (State::Stopped, 0, 0));
        prop_assert!(stage.opened.is_empty() && stage.began.last().is_none_or(|run| run.2.is_some()));
    }

    #[test]
    fn a_loop_that_is_set_while_it_plays_goes_on_without_a_jump(at in 0u64..200_000, part in range(), slow in 0u64..40_000) {
        let mut stage = Stage::new(slow);
        let actions = stage.transport.ask(Ask::Play, stage.now);
        stage.act(actions);
        stage.pass(slow + 2_000 + at);
        let actions = stage.transport.ask(Ask::Loop(Some(part)), stage.now);
        stage.act(actions);
        stage.pass(200_000 + slow * 3);
        let (old, new) = (stage.began[0], stage.began[1]);
        prop_assert_eq!((old.2, old.1.position(new.1.at)), (Some(new.1.at), new.1.from));
        if stage.transport.state() == State::Playing {
            prop_assert_eq!(stage.transport.position(stage.now) < part[1], new.1.from < part[1]);
        }
    }

    #[test]
    fn strips_are_live_within_the_punch_to_the_frame(start in 20_000u64..200_000, length in 1_000u64..100_000, part in prop::option::of(range())) {
        let mut stage = Stage::new(3_000);
        for ask in [Ask::Punch(0b11, Some([start, start + length])), Ask::Loop(part), Ask::Play] {
            let actions = stage.transport.ask(ask, stage.now);
            stage.act(actions);
        }
        stage.pass(400_000);
        let run = stage.began[0].1;
        for at in (run.at..stage.now).step_by(37) {
            let within = (start..start + length).contains(&run.position(at));
            // Where one comes soon after another by a jump, it is told late.
            let near = run.changes([start, start + length], at.saturating_sub(LATE).max(run.at), at + 1).is_some();
            if part.is_none() || !near {
                prop_assert_eq!(stage.fed(at), if within { STRIPS & !0b11 } else { STRIPS }, "at {}", run.position(at));
            }
        }
    }
}

#[test]
fn live_by_hand_holds_until_it_is_over() {
    let mut stage = Stage::new(0);
    let mut ask = |ask, pass| {
        let actions = stage.transport.ask(ask, stage.now);
        stage.act(actions);
        stage.pass(pass);
        (stage.fed(stage.now), stage.transport.state())
    };
    assert_eq!(ask(Ask::Live(true), 1_000), (0, State::Stopped));
    assert_eq!(ask(Ask::Live(false), 1_000), (0, State::Stopped));
    assert_eq!(ask(Ask::Play, 5_000), (STRIPS, State::Playing));
    assert_eq!(ask(Ask::Punch(0b100, None), 1_000), (STRIPS, State::Playing));
    assert_eq!(ask(Ask::Live(true), 1_000), (STRIPS & !0b100, State::Playing));
    assert_eq!(ask(Ask::Pause, 1_000), (STRIPS & !0b100, State::Paused));
    assert_eq!(ask(Ask::Live(false), 1_000), (STRIPS, State::Paused));
    assert_eq!(ask(Ask::Seek(479_000), 1_000), (STRIPS, State::Paused));
    assert_eq!(ask(Ask::Play, 10_000), (0, State::Stopped), "it came to its end");
}

#[test]
fn what_cannot_be_read_stops_where_it_was() {
    let mut stage = Stage::new(0);
    let actions = stage.transport.ask(Ask::Play, stage.now);
    stage.act(actions);
    stage.pass(50_000);
    let (run, position) = (stage.began[0].0, stage.transport.position(stage.now));
    assert_eq!(stage.transport.failed(run + 7, stage.now), []);
    let actions = stage.transport.failed(run, stage.now);
    stage.act(actions);
    stage.pass(1_000);
    assert_eq!((stage.transport.position(stage.now), stage.transport.state()), (position, State::Stopped));
    assert_eq!(stage.fed(stage.now), 0);
}
