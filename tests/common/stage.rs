//! A console with its engine, asked as the broker asks it.
use super::desk::Desk;
use vestry::config;
use vestry::supervisor::Desk as Console;
use vestry::telemetry::Control;

pub struct Stage {
    pub console: Console,
    pub desk: Desk,
}

impl Stage {
    /// Of so many inputs and outputs, without routes but for what `more` of a configuration says.
    pub fn of(inputs: usize, outputs: usize, more: &str) -> Self {
        let text = format!(
            "inputs = {inputs}\noutputs = {outputs}\nrouting_mode = \"matrix\"\n{more}\n[device]\nkind = \"offline\"\n"
        );
        let console = Console::new(&config::parse("test", &text).unwrap());
        Self { desk: Desk::new(inputs, outputs, &console.commands()), console }
    }

    /// As it comes from the broker.
    pub fn ask(&mut self, json: &str) {
        let control: Control = serde_json::from_str(json).unwrap();
        let commands = self.console.apply(&control).expect("of the console").expect(json);
        self.desk.send(&commands);
    }
}
