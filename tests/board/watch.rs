//! Whoever looks after a box whose media fail: eyes on the glass, an ear at a real broker.
use crate::guest::Guest;
use crate::qemu::Machine;
use crate::remote::{self, broker::Broker, broker::Ear};
use crate::screen::{Picture, Screen};
use serde_json::Value;
use std::thread::sleep;
use std::time::{Duration, Instant};
use vestry::hal::display::Frame;
use vestry::panel::{BoxState, Bridge, Pace, Storage, View, WriterView, oled};

/// Until something that has happened is on glass and broker: a medium that is back is looked at within 5 s.
const PATIENCE: Duration = Duration::from_secs(20);
const STATE: &str = "vestry/media/state";
const NOW: &str = "test/now";
/// Between two looks at the glass: the machine stands still for each, and its sound must not suffer from many.
const LOOK: Duration = Duration::from_secs(1);
/// Rows of the state, above the meters, which move.
const ROWS: usize = 16;
/// Where those of them have the take's time while it records.
const TIME: (usize, usize) = (58, 8);
/// Room on a medium of the board in minutes, and sound that its pool holds in seconds, at most.
const ROOM: u64 = 20;
const POOL: u64 = 30;

/// One that looks and listens.
pub struct Watch {
    broker: Broker,
    ear: Ear,
    machine: Machine,
}

impl Watch {
    /// Starts the broker; the guest's network is up then.
    pub fn begin(guest: &mut Guest) -> Result<Self, String> {
        remote::network(guest)?;
        let broker = Broker::start();
        let ear = broker.listen();
        Ok(Self { broker, ear, machine: guest.machine.clone() })
    }

    /// What the recorder's configuration has to say for it.
    pub fn tables(&self) -> String {
        format!(
            "[mqtt]\nid = \"media\"\nhost = \"10.0.2.2\"\nport = {}\nmeters_hz = 0\nhealth_s = 1\n\
             [display]\nkind = \"sh1106\"\nbus = \"/dev/i2c-2\"\n",
            self.broker.port
        )
    }

    /// Waits until the broker has a FAULT with `why` in its reason, and the glass the same.
    pub fn fault(&mut self, why: &str) -> Result<(), String> {
        let is = |state: &Value| state["state"] == "FAULT" && reason(state).contains(why);
        let state = self.sees(&format!("FAULT: ..{why}.."), is, |state| {
            vec![View { state: BoxState::Fault(reason(state).to_owned()), ..View::default() }]
        })?;
        println!("board: on glass and broker: FAULT: {}", reason(&state));
        Ok(())
    }

    /// Waits until both say REC and that the writer keeps up.
    pub fn records(&mut self) -> Result<(), String> {
        let is =
            |state: &Value| state["state"] == "REC" && state["reason"].is_null() && state["writer"] == "ok";
        let room = |minutes| Storage { free_time: Duration::from_secs(minutes * 60), ..Storage::default() };
        let known = (0..=ROOM).map(|minutes| View { storage: Some(room(minutes)), ..recording() });
        let views: Vec<_> = known.chain([recording()]).collect();
        self.sees("REC", is, |_| views.clone()).map(drop)
    }

    /// Waits until both say REC and that the writer does not keep up.
    pub fn light(&mut self, pace: Pace) -> Result<(), String> {
        let is = |state: &Value| state["state"] == "REC" && state["writer"] == pace.word();
        let writer = |waits| {
            let [buffered, pool] = [waits, POOL].map(Duration::from_secs);
            View { writer: WriterView { pace, buffered, pool }, ..recording() }
        };
        let views: Vec<_> = (0..=POOL).map(writer).collect();
        self.sees(pace.word(), is, |_| views.clone()).map(drop)
    }

    /// Waits for a report of the machine like that.
    pub fn health(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Result<Value, String> {
        let ear = &mut self.ear;
        remote::heard(|| {
            ear.until(what, |message| message.topic == "vestry/media/health" && wanted(&message.json()))
        })
        .map(|message| message.json())
        .map_err(|error| format!("{what}: {error}"))
    }

    /// Waits until the retained state is like that and the glass like one of the `views` of it; the state.
    fn sees(
        &mut self,
        what: &str,
        is: impl Fn(&Value) -> bool,
        views: impl Fn(&Value) -> Vec<View>,
    ) -> Result<Value, String> {
        let mut screen = Screen::connect(&self.machine)?;
        let end = Instant::now() + PATIENCE;
        loop {
            let state = self.state()?;
            let (seen, pause) = match is(&state) {
                true => (shows(&screen.read()?, &views(&state)), LOOK),
                false => (Err(format!("the broker has {state}")), LOOK / 5),
            };
            match seen {
                Ok(()) => return Ok(state),
                Err(error) if Instant::now() > end => return Err(format!("{what}: {error}")),
                Err(_) => sleep(pause),
            }
        }
    }

    /// The state that the broker retains by now; nothing before the first.
    fn state(&mut self) -> Result<Value, String> {
        let Self { broker, ear, .. } = self;
        remote::heard(|| {
            broker.publish(NOW, "yes", &[]);
            ear.until("now", |message| message.topic == NOW);
            let kept = ear.heard.iter().rfind(|message| message.topic == STATE && message.retained);
            kept.map_or(Value::Null, |message| message.json())
        })
    }
}

fn reason(state: &Value) -> &str {
    state["reason"].as_str().unwrap_or_default()
}

fn recording() -> View {
    View { state: BoxState::Recording, ..View::default() }
}

/// Fails unless the upper rows are those of one of the views, but for the take's time.
fn shows(picture: &Picture, views: &[View]) -> Result<(), String> {
    let mut seen = Err("no view".into());
    for view in views {
        let mut frame = Frame::new(64);
        let Ok(()) = oled::draw(&mut frame, view, &Bridge::default());
        let timed = view.state == BoxState::Recording;
        let veiled = |x, y| y >= ROWS || timed && x >= TIME.0 && y < TIME.1;
        seen = picture.is(|x, y| if veiled(x, y) { picture.lit(x, y) } else { frame.lit(x, y) });
        if seen.is_ok() {
            break;
        }
    }
    seen
}
