//! Somebody with a browser, who presses, reads and waits as people do.
use super::broker::{DEADLINE, eventually};
use super::driver::Driver;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

pub const PASSWORD: &str = "bells and candles";
pub const TAB: &str = "\u{E004}";
pub const ENTER: &str = "\u{E007}";
pub const HOME: &str = "\u{E011}";
pub const LEFT: &str = "\u{E012}";
pub const RIGHT: &str = "\u{E014}";

pub struct Person {
    pub driver: Driver,
}

impl Person {
    /// With a window of that size.
    pub fn sits_down(width: u32, height: u32) -> Self {
        let made = Self { driver: Driver::start() };
        made.looks_through(width, height);
        made
    }

    pub fn looks_through(&self, width: u32, height: u32) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600});
        self.driver.devtools("Emulation.setDeviceMetricsOverride", &size);
    }

    /// "light" or "dark".
    pub fn likes(&self, scheme: &str) {
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.driver.devtools("Emulation.setEmulatedMedia", &features);
    }

    pub fn opens(&self, port: u16) {
        self.driver.does("POST", "/url", &json!({"url": format!("http://127.0.0.1:{port}/")}));
    }

    /// One of the parts, such as "takes"; a reload by hand is what this is not.
    pub fn goes_to(&self, part: &str) {
        self.driver.runs("location.hash = arguments[0]", &[part.into()]);
    }

    /// Brings it to the middle of the window first, as people do with what lies under the edge.
    pub fn presses(&self, selector: &str) {
        self.driver.element(selector);
        self.driver.runs(
            "document.querySelector(arguments[0])?.scrollIntoView({block: 'center'})",
            &[selector.into()],
        );
        self.driver.with(selector, "click", &json!({}));
    }

    pub fn types(&self, selector: &str, text: &str) {
        self.driver.with(selector, "value", &json!({"text": text}));
    }

    /// Keys, to whatever has the focus.
    pub fn strikes(&self, keys: &str) {
        let strokes: Vec<_> = keys
            .chars()
            .flat_map(|key| ["keyDown", "keyUp"].map(|kind| json!({"type": kind, "value": key.to_string()})))
            .collect();
        let actions = json!({"actions": [{"type": "key", "id": "keys", "actions": strokes}]});
        self.driver.does("POST", "/actions", &actions);
    }

    /// What is written there now; nothing where it is not to be seen.
    pub fn reads(&self, selector: &str) -> String {
        let script = "const it = document.querySelector(arguments[0]); return it?.checkVisibility() ? it.innerText : ''";
        self.driver.runs(script, &[selector.into()]).as_str().unwrap().to_owned()
    }

    /// Waits until the page says so.
    pub fn awaits(&self, selector: &str, text: &str) {
        let start = std::time::Instant::now();
        while !self.reads(selector).contains(text) {
            let page = || self.reads("body");
            assert!(start.elapsed() < DEADLINE, "never {text:?} in {selector}; the page:\n{}", page());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits until an expression is true on the page.
    pub fn sees(&self, what: &str, expression: &str) {
        eventually(what, || self.tells(expression) == true);
    }

    /// The value of an expression.
    pub fn tells(&self, expression: &str) -> Value {
        self.driver.runs(&format!("return {expression}"), &[])
    }

    /// The value of a slider, as it stands on the page.
    pub fn slider(&self, label: &str) -> f64 {
        let script = "return Number(document.querySelector(`[aria-label=\"${arguments[0]}\"]`).value)";
        self.driver.runs(script, &[label.into()]).as_f64().unwrap()
    }

    /// The first use: the code from the box itself, and a password. `log` is where the box tells the code without a display.
    pub fn signs_up(&self, port: u16, log: &Path) {
        self.opens(port);
        self.presses("#show_code");
        self.types("#code", &code(log));
        self.types("#new_password", PASSWORD);
        self.types("#again", &format!("{PASSWORD}{ENTER}"));
        self.sees("the page inside", "document.body.dataset.link === 'up'");
    }

    pub fn signs_in(&self, port: u16) {
        self.opens(port);
        self.types("#password", &format!("{PASSWORD}{ENTER}"));
        self.sees("the page inside", "document.body.dataset.link === 'up'");
    }
}

/// The code that the box shows, once it does.
pub fn code(log: &Path) -> String {
    let mut found = None;
    eventually("a code", || {
        let text = std::fs::read_to_string(log).unwrap();
        let shown = text.rsplit_once("code ").map(|(_, rest)| rest.chars().take(7).collect::<String>());
        found = shown.filter(|code| code.chars().filter(char::is_ascii_digit).count() == 6);
        found.is_some()
    });
    found.unwrap()
}
