//! Whatever takes, orders and failures come, in whatever order: none is forgotten, none goes twice.
//!
//! Runs on: test.
use super::*;
use proptest::prelude::*;

fn queue(when: When, takes: &[&str]) -> Queue {
    let mut queue = Queue::new(when);
    queue.see(&names(takes), |_| None);
    queue
}

fn names(takes: &[&str]) -> Vec<String> {
    takes.iter().map(|take| (*take).to_owned()).collect()
}

const NOW: Duration = Duration::ZERO;

#[test]
fn the_oldest_goes_first_unless_somebody_wants_another() {
    let mut queue = queue(When::Closed, &["a", "b", "c"]);
    assert_eq!(queue.next(NOW, true).as_deref(), Some("a"));
    queue.ask("c");
    assert_eq!(queue.ended("a", Ok(()), NOW), [DeliveryEvent::Delivered { take: "a".into() }],);
    assert_eq!(queue.next(NOW, true).as_deref(), Some("c"));
    queue.ended("c", Ok(()), NOW);
    assert_eq!(queue.next(NOW, true).as_deref(), Some("b"));
    assert_eq!(queue.next(NOW, true), None, "b goes already");
}

#[test]
fn while_something_is_recorded_only_what_was_asked_for_goes_if_told_so() {
    let mut queue = queue(When::Idle, &["a", "b"]);
    assert_eq!(queue.next(NOW, true), None);
    queue.ask("b");
    assert_eq!(queue.next(NOW, true).as_deref(), Some("b"));
    assert_eq!(queue.next(NOW, true), None);
    assert_eq!(queue.next(NOW, false).as_deref(), Some("a"));
    let mut asked = self::queue(When::Asked, &["a"]);
    assert_eq!(asked.next(NOW, false), None);
    asked.ask("a");
    assert_eq!(asked.next(NOW, true).as_deref(), Some("a"));
}

#[test]
fn what_was_delivered_or_failed_before_stays_so_and_what_was_cut_short_goes_on() {
    let mut queue = Queue::new(When::Closed);
    let remembered = |take: &str| match take {
        "done" => Some(Remembered { state: TakeState::Done, ..Remembered::default() }),
        "cut" => Some(Remembered { state: TakeState::Sending, ..Remembered::default() }),
        "bad" => Some(Remembered { state: TakeState::Failed, reason: Some("rot".into()), asked: false }),
        _ => None,
    };
    queue.see(&names(&["done", "bad", "cut", "new"]), remembered);
    let status = queue.status(0.0);
    assert_eq!((status.done, status.waiting), (1, 2));
    assert_eq!(status.failed, [Failed { take: "bad".into(), reason: "rot".into() }]);
    assert_eq!(queue.next(NOW, true).as_deref(), Some("cut"));
    assert_eq!(queue.see(&names(&["bad", "new"]), |_| None), ["done", "cut"], "they are gone");
}

#[test]
fn something_else_that_arrives_is_sent_again_a_few_times() {
    let mut queue = queue(When::Closed, &["a"]);
    for _ in 1..MOST_WRONG {
        queue.next(NOW, false).unwrap();
        assert_eq!(queue.ended("a", Err(Failure::Wrong("other bytes".into())), NOW), []);
    }
    queue.next(NOW, false).unwrap();
    let told = queue.ended("a", Err(Failure::Wrong("other bytes".into())), NOW);
    assert_eq!(told, [DeliveryEvent::Failed { take: "a".into(), reason: "other bytes".into() }]);
    assert_eq!(queue.next(NOW, false), None);
}

#[test]
fn a_server_that_is_away_is_told_once_and_asked_less_and_less_often() {
    let mut queue = queue(When::Closed, &["a"]);
    let (mut now, mut pauses) = (NOW, Vec::new());
    for turn in 0..12 {
        queue.next(now, false).unwrap();
        let told = queue.ended("a", Err(Failure::Later("away".into())), now);
        assert_eq!(told.len(), usize::from(turn == 0));
        let pause = (1..).map(Duration::from_secs).find(|pause| {
            let mut later = queue.clone();
            later.next(now + *pause, false).is_some()
        });
        pauses.push(pause.unwrap().as_secs());
        now += pause.unwrap();
    }
    assert_eq!(&pauses[..8], [5, 10, 20, 40, 80, 160, 320, 600]);
    queue.next(now, false).unwrap();
    let told = queue.ended("a", Ok(()), now);
    assert_eq!(told[0], DeliveryEvent::Recovered);
    assert_eq!(queue.status(0.0).fault, None);
}

#[test]
fn what_waits_can_be_stopped_and_asked_for_again() {
    let mut queue = queue(When::Closed, &["a", "b"]);
    queue.next(NOW, false).unwrap();
    assert_eq!(queue.stop("stopped"), ["a", "b"]);
    assert_eq!(queue.next(NOW, false), None);
    queue.ask("b");
    assert_eq!(queue.next(NOW, false).as_deref(), Some("b"));
}

proptest! {
    /// Whatever happens: a take is in one state, at most one goes, none is forgotten, and none is sent twice without being asked for.
    #[test]
    fn no_take_is_lost_and_none_goes_twice(steps in prop::collection::vec((0..7_u8, 0..6_usize), 0..120)) {
        let mut queue = Queue::new(When::Closed);
        let (mut there, mut now, mut going) = (Vec::new(), NOW, None);
        let mut wanted = std::collections::BTreeMap::<String, i32>::new();
        for (what, which) in steps {
            let take = format!("{which}");
            match what {
                0 if !there.contains(&take) => {
                    there.push(take.clone());
                    queue.see(&there, |_| None);
                    *wanted.entry(take).or_default() += 1;
                }
                1 if there.contains(&take) && going.as_ref() != Some(&take) => {
                    let waits = queue.remember(&take).unwrap().state == TakeState::Waiting;
                    queue.ask(&take);
                    *wanted.entry(take).or_default() += i32::from(!waits);
                }
                2 => now += Duration::from_secs(700),
                _ => {
                    if going.is_none() {
                        going = queue.next(now, what % 2 == 0);
                    }
                    let Some(take) = going.take() else { continue };
                    match what {
                        3 => { queue.ended(&take, Err(Failure::Later("x".into())), now); }
                        4 => { queue.ended(&take, Err(Failure::Stopped), now); }
                        5 => going = Some(take),
                        _ => {
                            queue.ended(&take, Ok(()), now);
                            *wanted.get_mut(&take).unwrap() -= 1;
                        }
                    }
                }
            }
            let status = queue.status(0.5);
            prop_assert_eq!(status.takes.len(), there.len());
            prop_assert_eq!(status.waiting + status.done + status.failed.len() + usize::from(status.sending.is_some()), there.len());
            prop_assert_eq!(status.sending.map(|sending| sending.take), going.clone());
            prop_assert!(wanted.values().all(|left| *left >= 0));
        }
        // In the end all of them are delivered.
        going.into_iter().for_each(|take: String| { queue.ended(&take, Ok(()), now); });
        while let Some(take) = queue.next(now + LONGEST_PAUSE, false) {
            queue.ended(&take, Ok(()), now);
        }
        prop_assert_eq!(queue.status(0.0).done, there.len());
    }
}
