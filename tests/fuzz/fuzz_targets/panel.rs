//! Whatever edges the kernel delivers, in whatever order and however late they are read: nothing sticks, nothing is due for
//! ever, and no take ends but by REC held for 2 s while one runs.
#![no_main]
use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use std::sync::OnceLock;
use std::time::Duration;
use vestry::config;
use vestry::panel::{Button, Gesture, Gestures, HELD, LOCK_HELD, PanelAction};
use vestry::record::RecordCommand;
use vestry::supervisor::{Action, Desk, Happening, Policy};

#[derive(Arbitrary, Debug)]
enum Step {
    /// Time goes by.
    Wait { ms: u16 },
    /// Time goes by, less of it.
    Short { us: u16 },
    /// Something moved since the last look, so long ago; the level was read later, so it may be any.
    Edge { button: u8, down: bool, ago_us: u16 },
    /// Edges are read, and what is due is done.
    Look,
    /// A take begins or ends.
    Recording(bool),
    /// The page Pads is shown, or another.
    Pads(bool),
}

#[derive(Arbitrary, Debug)]
struct Input {
    debounce_ms: u8,
    down: Vec<u8>,
    steps: Vec<Step>,
}

#[derive(Clone, Copy, Debug)]
struct Edge {
    button: Button,
    down: bool,
    at: Duration,
}

struct Stage {
    debounce: Duration,
    gestures: Gestures,
    policy: Policy,
    now: Duration,
    looked: Duration,
    waiting: Vec<Edge>,
    /// Edges of REC that were read.
    rec: Vec<Edge>,
    /// When the buttons were looked at, and whether a take ran then.
    looks: Vec<(Duration, bool)>,
    recording: bool,
    pads: bool,
}

/// As it is before anything was pressed.
static POLICY: OnceLock<Policy> = OnceLock::new();

fn fresh() -> Policy {
    let config = config::parse("fuzz", "[device]\nkind = \"offline\"\n").unwrap();
    let mut policy = Policy::default();
    policy.desk = Desk::new(&config);
    policy
}

fn button(number: u8) -> Button {
    Button::ALL[usize::from(number) % Button::ALL.len()]
}

impl Stage {
    fn new(debounce_ms: u8, down: &[u8]) -> Self {
        let debounce = Duration::from_millis(u64::from(debounce_ms.clamp(1, 200)));
        let mut gestures = Gestures::new(debounce);
        down.iter().for_each(|number| gestures.already_down(button(*number)));
        let policy = POLICY.get_or_init(fresh).clone();
        let now = Duration::from_secs(1_000);
        Self {
            debounce,
            gestures,
            policy,
            now,
            looked: now,
            waiting: Vec::new(),
            rec: Vec::new(),
            looks: Vec::new(),
            recording: false,
            pads: false,
        }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Wait { ms } => self.now += Duration::from_millis(u64::from(ms % 5_000)),
            Step::Short { us } => self.now += Duration::from_micros(u64::from(*us)),
            Step::Edge { button: number, down, ago_us } => {
                // The kernel stamps what comes; what was stamped before the last look was read by it.
                let at = (self.now - Duration::from_micros(u64::from(*ago_us))).max(self.looked);
                self.waiting.push(Edge { button: button(*number), down: *down, at });
            }
            Step::Look => drop(self.look()),
            Step::Recording(on) => self.recording = *on,
            Step::Pads(on) => self.pads = *on,
        }
    }

    /// As the supervisor looks at the buttons.
    fn look(&mut self) -> Vec<Gesture> {
        self.gestures.set_recording(self.recording);
        self.gestures.set_pads(self.pads);
        self.looks.push((self.now, self.recording));
        let mut edges = std::mem::take(&mut self.waiting);
        edges.sort_by_key(|edge| (edge.at, edge.button as u8));
        let mut meant = Vec::new();
        for edge in edges {
            if edge.button == Button::Rec {
                self.rec.push(edge);
            }
            meant.extend(self.gestures.edge(edge.button, edge.down, edge.at));
        }
        meant.extend(self.gestures.tick(self.now));
        self.looked = self.now;
        if let Some(due) = self.gestures.next_due() {
            assert!(due > self.now, "due at {due:?}, asked at {:?}", self.now);
        }
        meant.iter().for_each(|gesture| self.meant(*gesture));
        meant
    }

    fn meant(&mut self, gesture: Gesture) {
        assert!(gesture.at <= self.now);
        assert_ne!(gesture.action, PanelAction::Quit);
        let locked = self.policy.locked;
        let stops = |action: &Action| matches!(action, Action::Record(RecordCommand::Stop { .. }));
        let actions = self.policy.on(Happening::Panel(gesture.action), 1);
        if actions.iter().any(stops) {
            assert!(!locked && gesture.action == PanelAction::StopRecording);
            self.held(gesture.at);
        }
        assert!(!actions.contains(&Action::End));
    }

    /// REC was pressed while a take ran, 2 s before `end`, and since then not let go for longer than contacts bounce.
    fn held(&self, end: Duration) {
        let (begin, bounce) = (end - HELD, 2 * self.debounce);
        // A press is known for one when its contact has come to rest, and somebody looks.
        let known = self.looks.iter().find(|(at, _)| *at >= begin + bounce).map_or(self.now, |(at, _)| *at);
        let ran = |(at, recording): &(Duration, bool)| *recording && *at >= begin && *at <= known;
        assert!(self.looks.iter().any(ran), "no take ran at {begin:?}: {:?}", self.looks);
        let pressed = |edge: &Edge| edge.down && edge.at >= begin && edge.at <= begin + bounce;
        assert!(self.rec.iter().any(pressed), "not pressed at {begin:?}: {:?}", self.rec);
        for (place, edge) in self.rec.iter().enumerate().filter(|(_, edge)| !edge.down) {
            let again = self.rec[place + 1..].iter().find(|edge| edge.down).map_or(end, |edge| edge.at);
            let (open, shut) = (edge.at.max(begin), again.min(end));
            assert!(shut.saturating_sub(open) <= bounce, "let go at {open:?}: {:?}", self.rec);
        }
    }

    /// Time goes by until nothing is due; how often that took a look.
    fn rest(&mut self) {
        for _ in 0..64 {
            let Some(due) = self.gestures.next_due() else { return };
            self.now = due;
            self.look();
        }
        panic!("always something due: {:?}", self.gestures);
    }

    fn press(&mut self, buttons: &[Button], hold: Duration) -> Vec<PanelAction> {
        let mut meant = Vec::new();
        for down in [true, false] {
            self.waiting.extend(buttons.iter().map(|button| Edge { button: *button, down, at: self.now }));
            meant.extend(self.look());
            self.now += if down { hold } else { Duration::from_secs(1) };
        }
        meant.extend(self.look());
        meant.into_iter().map(|gesture| gesture.action).collect()
    }

    /// Let go of, all buttons work as if nothing had happened.
    fn works(&mut self) {
        self.now += Duration::from_secs(1);
        self.waiting.extend(Button::ALL.map(|button| Edge { button, down: false, at: self.now }));
        self.look();
        self.now += Duration::from_secs(10);
        self.look();
        self.rest();
        let short = Duration::from_millis(500);
        if self.policy.locked {
            let unlocked = self.press(&[Button::Page, Button::Mute], LOCK_HELD + short);
            assert_eq!(unlocked, [PanelAction::ToggleLock]);
        }
        (self.recording, self.pads) = (false, false);
        assert_eq!(self.press(&[Button::Rec], short), [PanelAction::StartRecording]);
        self.recording = true;
        let both = [PanelAction::StartRecording, PanelAction::StopRecording];
        assert_eq!(self.press(&[Button::Rec], HELD + short), both);
        assert_eq!(self.press(&[Button::Page], short), [PanelAction::NextPage]);
        assert_eq!(self.press(&[Button::Mute], short), [PanelAction::ToggleMonitorMute]);
        self.pads = true;
        assert_eq!(self.press(&[Button::Select], short), [PanelAction::PressPad, PanelAction::ReleasePad]);
        assert_eq!(self.press(&[Button::Rec], HELD + short), both);
        assert_eq!(self.press(&[Button::Mute], HELD + short), [PanelAction::StopPads]);
    }
}

fuzz_target!(|input: Input| {
    let mut stage = Stage::new(input.debounce_ms, &input.down);
    input.steps.iter().for_each(|step| stage.step(step));
    stage.look();
    stage.works();
});
