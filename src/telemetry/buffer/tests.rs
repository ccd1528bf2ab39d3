//! The outbox against a broker that comes and goes.
//!
//! Runs on: test.
use super::*;
use proptest::prelude::*;

fn sent(outbox: &mut Outbox) -> Vec<Letter> {
    std::iter::from_fn(|| outbox.pop()).collect()
}

fn of_events(letters: &[Letter]) -> Vec<&str> {
    letters.iter().filter(|letter| letter.to == To::Event).map(|letter| &*letter.payload).collect()
}

#[test]
fn values_are_sent_at_each_connection_and_when_they_change() {
    let mut outbox = Outbox::new(Some("hello".into()));
    ["a", "b"].iter().for_each(|payload| outbox.state(payload));
    outbox.meters("gone");
    assert_eq!(sent(&mut outbox), []);
    outbox.connected();
    let names: Vec<_> = sent(&mut outbox).into_iter().map(|letter| (letter.to, letter.payload)).collect();
    let expected = [(To::Discovery, "hello"), (To::State, "b"), (To::Availability, "online")]
        .map(|(to, text)| (to, text.into()));
    assert_eq!(names, expected);
    outbox.state("b");
    assert!(sent(&mut outbox).is_empty() && outbox.is_done());
    outbox.meters("old");
    outbox.meters("new");
    outbox.health("well");
    let letters = sent(&mut outbox);
    assert_eq!(letters.iter().map(|letter| &*letter.payload).collect::<Vec<_>>(), ["well", "new"]);
    outbox.announce();
    assert_eq!(sent(&mut outbox).first().map(|letter| letter.to.clone()), Some(To::Discovery));
    outbox.disconnected();
    outbox.connected();
    assert_eq!(sent(&mut outbox).len(), 4);
}

#[test]
fn the_oldest_events_make_room_and_are_counted() {
    let mut outbox = Outbox::new(None);
    (0..MOST_EVENTS + 5).for_each(|at| outbox.event(&at.to_string()));
    assert_eq!(outbox.dropped(), 5);
    outbox.connected();
    let letters = sent(&mut outbox);
    assert_eq!(of_events(&letters).first(), Some(&"5"));
    assert_eq!(of_events(&letters).len(), WINDOW, "no more than the window is under way");
    (0..10).for_each(|at| outbox.event(&format!("more {at}")));
    outbox.disconnected();
    assert_eq!(outbox.dropped(), 15, "what was under way waits again");
    outbox.event("last");
    assert_eq!(outbox.dropped(), 16);
}

#[test]
fn answers_are_bounded_too() {
    let mut outbox = Outbox::new(None);
    (0..MOST_ANSWERS + 3).for_each(|at| outbox.answer("t".into(), None, &at.to_string()));
    outbox.connected();
    let letters = sent(&mut outbox);
    assert!(
        letters.iter().any(|letter| &*letter.payload == "3") && letters.iter().all(|l| &*l.payload != "2")
    );
}

proptest! {
    /// However the connection breaks, each event leaves the box in order, and is lost only if it was counted.
    #[test]
    fn events_arrive_in_order(steps in prop::collection::vec(0_u8..6, 0..400)) {
        let mut outbox = Outbox::new(None);
        let (mut told, mut under_way, mut arrived) = (0_u64, VecDeque::new(), Vec::new());
        let mut run = |outbox: &mut Outbox, step: u8, told: &mut u64| match step {
            0 => outbox.connected(),
            1 => { outbox.disconnected(); under_way.clear(); }
            2 | 3 => { outbox.event(&told.to_string()); *told += 1; }
            4 => under_way.extend(outbox.pop()),
            _ => if let Some(letter) = under_way.pop_front() {
                letter.ticket.into_iter().for_each(|ticket| outbox.acknowledged(ticket));
                if letter.to == To::Event { arrived.push(letter.payload.parse::<u64>().unwrap()); }
            },
        };
        steps.into_iter().for_each(|step| run(&mut outbox, step, &mut told));
        run(&mut outbox, 0, &mut told);
        (0..1000).for_each(|at| run(&mut outbox, 4 + u8::from(at % 2 == 1), &mut told));
        prop_assert_eq!(arrived, (0..told).collect::<Vec<_>>());
        prop_assert!(outbox.is_done() && outbox.dropped() == 0);
    }
}
