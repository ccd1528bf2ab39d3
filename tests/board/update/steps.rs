//! The life of a box with updates, step by step: each begins where the one before left it.
use super::bench::{BROKEN, Bench, GOOD, STRANGE};
use crate::card;
use crate::guest::Guest;
use crate::pins::Pins;
use crate::sound::expect;
use crate::system::boots;
use crate::timed;
use std::time::{Duration, Instant};

/// From power to a shell, and to the end of what the box does by itself, on a busy host.
const PATIENCE: Duration = Duration::from_secs(180);
const SHORT: Duration = Duration::from_secs(60);
/// Line of the button REC, and how long it is held to end a take.
const REC: u32 = 5;
const HELD: Duration = Duration::from_millis(2_600);
const TAPPED: Duration = Duration::from_millis(300);
/// Moments at which the power is cut, in ms: of an installation, of the first start of what it installed.
const INSTALLS: u64 = 5_000;
const STARTS: u64 = 25_000;
/// What is left on the stick.
const TOLD: &str = "cat /media/stick/vestry-update.txt";

/// A box, and the state of what chooses its bad moments.
pub struct Box {
    bench: Bench,
    random: u64,
}

impl Box {
    /// A box whose moments come from `random`.
    pub fn new(bench: Bench, random: u64) -> Self {
        Self { bench, random }
    }

    /// All of it.
    pub fn life(&mut self) -> Result<(), String> {
        let guest = timed("boot of slot A", || self.boot(STRANGE, "A"))?;
        let guest = timed("what a stranger signed is refused", || self.refused(guest))?;
        timed("the power is cut while an update is installed", || self.installed_by_halves(guest))?;
        let guest = timed("boot after that", || self.boot(GOOD, "A"))?;
        timed("an update gives way to a take, and is installed after it", || gives_way(guest))?;
        timed("the power is cut at its first start", || self.started_by_halves())?;
        let guest = timed("boot of slot B", || self.boot(GOOD, "B"))?;
        timed("it records and is good; one that does not is installed", || self.replaced(guest))?;
        timed("what does not record starts the box again", || self.tried())?;
        let mut guest = timed("boot of slot B, after three tries", || self.boot(BROKEN, "B"))?;
        guest.run("[ $(/usr/lib/vestry/slots get-state A) = bad ]", SHORT).map(drop)
    }

    /// A moment from 0 to `most` ms.
    fn moment(&mut self, what: &str, most: u64) -> Duration {
        self.random =
            self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let moment = (self.random >> 33) % most;
        println!("board: {what}: cut after {moment} ms");
        Duration::from_millis(moment)
    }

    /// Starts the box, which has to record from `slot`.
    fn boot(&self, stick: &str, slot: &str) -> Result<Guest, String> {
        let mut guest = Guest::boot(&self.bench.machine(stick), PATIENCE)?;
        boots::recording(&mut guest).map_err(|error| format!("{error}\n{}", log(&mut guest)))?;
        let lines = guest.run(". /run/vestry-slot; export SLOTS; echo slot: $SLOT", SHORT)?;
        expect(lines.iter().any(|line| line == &format!("slot: {slot}")), "the slot", &lines)?;
        Ok(guest)
    }

    /// While a take runs nothing is looked at; then it is refused, and neither slot nor record are other than before.
    fn refused(&self, mut guest: Guest) -> Result<Guest, String> {
        let before = self.bench.root("b")?;
        logged(&mut guest, "is installed once no take runs")?;
        guest.run("sleep 5; ! systemctl -q is-active rauc", SHORT)?;
        end_take(&mut guest)?;
        logged(&mut guest, "not installed: ")?;
        let lines = guest.run(TOLD, SHORT)?;
        expect(
            lines.iter().any(|line| line.contains("vestry-strange.raucb: not installed: ")),
            "why",
            &lines,
        )?;
        println!("board: {}", lines.join(" "));
        let lines =
            guest.run("cd /usr/lib/vestry; echo $(./slots get-primary; ./slots get-state B); cd /", SHORT)?;
        expect(lines == ["A good"], "the slots as they were", &lines)?;
        expect(before == self.bench.root("b")?, "slot B as it was", &[])?;
        Ok(guest)
    }

    /// Begins with the good one, until the power is cut.
    fn installed_by_halves(&mut self, mut guest: Guest) -> Result<(), String> {
        card::pull(&guest)?;
        guest.run("while grep -q ' /media/stick ' /proc/mounts; do sleep 0.2; done", SHORT)?;
        card::put_in(&guest, GOOD)?;
        begun(&mut guest)?;
        std::thread::sleep(self.moment("installation", INSTALLS));
        drop(guest);
        Ok(())
    }

    /// The first start of slot B, cut off.
    fn started_by_halves(&mut self) -> Result<(), String> {
        let guest = Guest::until(&self.bench.machine(GOOD), "init: slot B", PATIENCE)?;
        std::thread::sleep(self.moment("first start", STARTS));
        drop(guest);
        Ok(())
    }

    /// Slot B becomes good, what it has is not installed again, and then the broken one is, from which the box starts.
    fn replaced(&self, mut guest: Guest) -> Result<(), String> {
        guest.run("while /usr/lib/vestry/slots on-trial B; do sleep 0.5; done", SHORT)?;
        logged(&mut guest, "was installed before")?;
        card::pull(&guest)?;
        guest.run("while grep -q ' /media/stick ' /proc/mounts; do sleep 0.2; done", SHORT)?;
        card::put_in(&guest, BROKEN)?;
        logged(&mut guest, "is installed once no take runs")?;
        end_take(&mut guest)?;
        guest.ends(PATIENCE).map(drop)
    }

    /// The broken one starts three times: once left alone, and twice cut off as soon as that is seen.
    fn tried(&self) -> Result<(), String> {
        let machine = self.bench.machine(BROKEN);
        let begun = Instant::now();
        Guest::until(&machine, "init: slot A", PATIENCE)?.ends(PATIENCE)?;
        println!("board: started again by itself after {} s", begun.elapsed().as_secs());
        for _ in 1..3 {
            drop(Guest::until(&machine, "init: slot A", PATIENCE)?);
        }
        Ok(())
    }
}

/// A take that begins breaks the installation off; after its end it is made, and the box starts again.
fn gives_way(mut guest: Guest) -> Result<(), String> {
    let lines = guest.run("/usr/lib/vestry/slots get-state B", SHORT)?;
    expect(lines == ["bad"], "what was installed by halves is bad", &lines)?;
    begun(&mut guest)?;
    press(&guest, TAPPED)?;
    logged(&mut guest, "broken off: a take runs")?;
    boots::recording(&mut guest)?;
    guest.run("! systemctl -q is-active rauc", SHORT)?;
    end_take(&mut guest)?;
    guest.ends(PATIENCE).map(drop)
}

/// Ends the take and waits until slot B is being written.
fn begun(guest: &mut Guest) -> Result<(), String> {
    logged(guest, "is installed once no take runs")?;
    let lines = guest.run("systemctl show vestry -p StatusText", SHORT)?;
    if lines.iter().any(|line| line.starts_with("StatusText=REC")) {
        end_take(guest)?;
    }
    let wait = "until [ $(/usr/lib/vestry/slots get-state B) = bad ] && systemctl -q is-active rauc; do sleep 0.2; done";
    guest.run(wait, PATIENCE).map(drop).map_err(|error| format!("{error}\n{}", log(guest)))
}

fn press(guest: &Guest, time: Duration) -> Result<(), String> {
    Pins::connect(&guest.machine)?.press(REC, time)
}

/// Ends the take by its button.
fn end_take(guest: &mut Guest) -> Result<(), String> {
    press(guest, HELD)?;
    let wait = "until systemctl show vestry -p StatusText | grep '^StatusText=NOT REC'; do sleep 0.2; done";
    guest.run(wait, SHORT).map(drop)
}

/// Waits until the update's log has it.
fn logged(guest: &mut Guest, what: &str) -> Result<(), String> {
    let wait = format!("until journalctl --no-pager -u vestry-update | grep -q '{what}'; do sleep 0.5; done");
    guest.run(&wait, PATIENCE).map(drop).map_err(|error| format!("{error}\n{}", log(guest)))
}

fn log(guest: &mut Guest) -> String {
    let ask = "systemctl show vestry -p StatusText; \
        journalctl --no-pager -o short-monotonic -u vestry-update -u vestry-good -u rauc -u dbus -u 'vestry-stick@*' | tail -n 40";
    guest.run(ask, SHORT).unwrap_or_default().join("\n")
}
