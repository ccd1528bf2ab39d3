//! Tests of the take state machine.
//!
//! Runs on: tests.
use super::*;
use proptest::prelude::*;

const LIMITS: Limits = Limits { preroll: 500, part: None, write: u64::MAX, retry: 1000 };

fn run(machine: &mut Machine) -> Vec<Action> {
    std::iter::from_fn(|| machine.step(0)).collect()
}

#[test]
fn a_take_is_exact_wherever_its_ends_fall() {
    let mut machine = Machine::new(LIMITS);
    machine.command(RecordCommand::Start { at: At::Frame(1234) });
    machine.command(RecordCommand::Stop { at: At::Frame(2001) });
    machine.command(RecordCommand::Split { at: At::Frame(1500) });
    machine.command(RecordCommand::Marker { at: At::Frame(1500), label: "here".into() });
    machine.arrive(0, 1024);
    assert_eq!((run(&mut machine), machine.keep_from()), (vec![], 524));
    machine.arrive(524, 1700);
    let first = [
        Action::Open { at: 734 },
        Action::Write { from: 734, to: 1500 },
        Action::Mark { at: 1500, label: "here".into() },
        Action::Split { at: 1500 },
        Action::Write { from: 1500, to: 1700 },
    ];
    assert_eq!(run(&mut machine), first);
    machine.arrive(1700, 3000);
    assert_eq!(run(&mut machine), [Action::Write { from: 1700, to: 2001 }, Action::Close { at: 2001 }]);
    assert_eq!(machine.keep_from(), 2500);
}

#[test]
fn a_fault_costs_what_could_not_be_held() {
    let mut machine = Machine::new(LIMITS);
    machine.arrive(0, 100);
    machine.command(RecordCommand::Start { at: At::Now });
    machine.arrive(0, 200);
    assert_eq!(run(&mut machine).len(), 2);
    machine.fault(150);
    machine.arrive(100, 900);
    assert_eq!((run(&mut machine), machine.keep_from(), machine.lost()), (vec![], 400, 250));
    machine.arrive(400, 1200);
    assert_eq!(run(&mut machine).first(), Some(&Action::Open { at: 400 }));
    machine.fault(400);
    machine.command(RecordCommand::Stop { at: At::Now });
    assert_eq!((run(&mut machine), machine.lost(), machine.state()), (vec![], 250 + 800, State::Idle));
}

fn command() -> impl Strategy<Value = RecordCommand> {
    let at = prop_oneof![Just(At::Now), (0u64..5000).prop_map(At::Frame)];
    (0..6, at).prop_map(|(kind, at)| match kind {
        0 | 1 => RecordCommand::Start { at },
        2 => RecordCommand::Stop { at },
        3 => RecordCommand::Split { at },
        4 => RecordCommand::Tap { at, input: 1, tap: Tap::Post },
        _ => RecordCommand::Marker { at, label: String::new() },
    })
}

proptest! {
    #[test]
    fn actions_are_always_in_order(
        turns in proptest::collection::vec((proptest::collection::vec(command(), 0..3), 0u64..400, 0..10), 1..60),
        part in proptest::option::of(1u64..300), write in 1u64..500, preroll in 0u64..600,
    ) {
        let mut machine = Machine::new(Limits { preroll, part, write, retry: 300 });
        let (mut end, mut open, mut last, mut oldest, mut part_start) = (0, None::<u64>, 0, 0, 0);
        for (commands, frames, luck) in turns {
            commands.into_iter().for_each(|command| machine.command(command));
            end += frames;
            machine.arrive(oldest, end);
            while let Some(action) = machine.step(0) {
                match action {
                    Action::Open { at } => {
                        prop_assert!(open.is_none() && at >= last && at >= oldest && at < end);
                        (open, part_start) = (Some(at), at);
                    }
                    Action::Write { from, to } => {
                        prop_assert!(open == Some(from) && to > from && to <= end && to - from <= write);
                        prop_assert!(part.is_none_or(|part| to - part_start <= part));
                        open = Some(to);
                    }
                    Action::Split { at } => {
                        prop_assert!(open == Some(at) && at > part_start && at < end);
                        part_start = at;
                    }
                    Action::Mark { at, .. } => prop_assert_eq!(open, Some(at)),
                    Action::Close { at } => {
                        prop_assert_eq!(open, Some(at));
                        (open, last) = (None, at);
                    }
                }
                if luck == 0 && open.is_some() {
                    machine.fault(machine.cursor());
                    (last, open) = (machine.cursor(), None);
                    break;
                }
            }
            oldest = machine.keep_from();
        }
    }
}
