//! Which strips play clips, and which of them a pad plays to.
//!
//! Runs on: main.
use super::check::Check;
use super::file::Config;
use super::key::Key;
use super::pad::PadConfig;
use super::sources::InputSource;

/// Left and right.
const SIDES: usize = 2;

impl Config {
    /// Inputs, from 0, whose strips play clips from the start.
    pub fn player_inputs(&self) -> impl Iterator<Item = usize> {
        let inputs = self.input.iter().enumerate().take(self.inputs);
        inputs.filter(|(_, input)| input.source == InputSource::Player).map(|(at, _)| at)
    }

    /// The strips, from 0, that a pad plays its left and right to: those that it names, else the first that play clips. With
    /// one alone there is no right.
    pub fn pad_strips(&self, pad: &PadConfig) -> [Option<usize>; SIDES] {
        let named = pad.strips.iter().filter_map(|strip| strip.checked_sub(1));
        let usual = self.player_inputs().filter(|_| pad.strips.is_empty());
        let mut strips = named.chain(usual);
        [strips.next(), strips.next()]
    }
}

impl Check<'_> {
    /// A player has a strip to play to, and a strip that plays clips has a player.
    pub(super) fn player_inputs(&mut self) {
        let config = self.config;
        let (dir, inputs) = (config.player.dir.is_some(), config.player_inputs().count());
        self.rule(&Key::dotted("player.dir"), "input", !dir || inputs > 0, || {
            "needs an input with source \"player\"".into()
        });
        for (index, input) in config.input.iter().enumerate() {
            let key = Key::dotted("input").item(index).name("source");
            self.rule(&key, "player.dir", dir || input.source != InputSource::Player, || {
                "needs player.dir, the folder of the clips".into()
            });
        }
    }

    /// The strips that a pad names.
    pub(super) fn pad_strips(&mut self, index: usize, pad: &PadConfig) {
        let inputs = self.config.inputs;
        let players: Vec<_> = self.config.player_inputs().collect();
        let key = Key::dotted("pad").item(index).name("strips");
        for (place, strip) in pad.strips.iter().enumerate() {
            let key = key.clone().item(place);
            self.rule(&key, "inputs", *strip <= inputs, || format!("must be 1..{inputs} (`inputs`)"));
            let twice = pad.strips.iter().take(place).any(|other| other == strip);
            self.rule(&key, "", !twice, || "is there twice: each strip once".into());
            // Where none is one, that is the fault, and told at player.dir.
            let plays = players.is_empty() || strip.checked_sub(1).is_some_and(|at| players.contains(&at));
            self.rule(&key, "input", plays, || "must be an input with source \"player\"".into());
            self.rule(&key, "", place < SIDES, || "is one too many: left and right at most".into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    fn config(inputs: &str, pad: &str) -> Result<Config, String> {
        let text = format!(
            "[device]\nkind = \"offline\"\n{inputs}\n[player]\ndir = \"/clips\"\n[[pad]]\nfile = \"a.wav\"\n{pad}"
        );
        parse("x", &text).map_err(|error| error.to_string())
    }

    const CARD: &str = "[[input]]\n";
    const PLAYER: &str = "[[input]]\nsource = \"player\"\n";

    #[test]
    fn a_pad_plays_to_the_strips_that_it_names_or_to_the_first_that_play_clips() {
        let three = format!("{CARD}{PLAYER}{CARD}{PLAYER}{PLAYER}");
        let one = format!("{CARD}{CARD}{PLAYER}");
        for (inputs, pad, strips) in [
            (&three, "", [Some(1), Some(3)]),
            (&three, "strips = [5, 2]", [Some(4), Some(1)]),
            (&three, "strips = [4]", [Some(3), None]),
            (&one, "", [Some(2), None]),
            (&one, "strips = [3]", [Some(2), None]),
        ] {
            let config = config(inputs, pad).unwrap();
            assert_eq!(config.pad_strips(&config.pad[0]), strips, "{pad}");
        }
    }

    #[test]
    fn strips_without_a_player_and_a_player_without_strips_are_refused() {
        let two = format!("{PLAYER}{PLAYER}{CARD}{PLAYER}");
        for (inputs, pad, fault) in [
            (&two, "strips = [3]", "pad[1].strips[1] = 3: must be an input with source \"player\""),
            (&two, "strips = [1, 6]", "pad[1].strips[2] = 6: must be an input with source \"player\""),
            (&two, "strips = [1, 2, 4]", "pad[1].strips[3] = 4: is one too many: left and right at most"),
            (&two, "strips = [0]", "pad[1].strips[1] = 0: must be 1..32"),
            (&CARD.to_owned(), "", "player.dir = \"/clips\": needs an input with source \"player\""),
            (
                &CARD.to_owned(),
                "strips = [1]",
                "player.dir = \"/clips\": needs an input with source \"player\"",
            ),
            (
                &"[[input]]\nsource = \"tape\"".to_owned(),
                "strips = [1]",
                "input[1].source = \"tape\": must be \"card\" or \"generator\" or \"player\"",
            ),
        ] {
            assert_eq!(config(inputs, pad).unwrap_err(), format!("x: {fault}"), "{pad}");
        }
        let alone = parse("x", &format!("[device]\nkind = \"offline\"\n{CARD}{PLAYER}")).unwrap_err();
        let fault = "x: input[2].source = \"player\": needs player.dir, the folder of the clips";
        assert_eq!(alone.to_string(), fault);
    }
}
