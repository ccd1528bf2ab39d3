//! What is said where: everything of a box is below `vestry/<id>/`.
//!
//! Runs on: supervisor.

/// Longest topic that an answer is sent to, in bytes.
const LONGEST: usize = 256;

/// The topics of one box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topics {
    base: String,
}

impl Topics {
    /// Of the box `id`.
    pub fn new(id: &str) -> Self {
        Self { base: format!("vestry/{id}/") }
    }

    /// A topic of this box, such as `state`.
    pub fn of(&self, name: &str) -> String {
        format!("{}{name}", self.base)
    }

    /// "online" or "offline", retained; also the last will.
    pub fn availability(&self) -> String {
        self.of("availability")
    }

    /// What has to be subscribed to for commands.
    pub fn commands(&self) -> [String; 2] {
        [self.of("command"), self.of("set/#")]
    }

    /// `command` or `set/...`: what a topic means to this box, if it is for it.
    pub fn wish<'a>(&self, topic: &'a str) -> Option<&'a str> {
        let name = topic.strip_prefix(&self.base)?;
        (name == "command" || name.starts_with("set/")).then_some(name)
    }

    /// Where an answer goes: where the request wants it, or to `response` if that is no topic or one that is the
    /// box's own.
    pub fn answer(&self, wanted: Option<&str>) -> String {
        let fits = |topic: &&str| {
            let plain = !topic.contains(['+', '#', '\0']) && !topic.starts_with('$');
            let own = topic.starts_with(&self.base) && !topic.starts_with(&self.of("response"));
            (1..=LONGEST).contains(&topic.len()) && plain && !own
        };
        wanted.filter(fits).map_or_else(|| self.of("response"), str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_are_told_from_what_the_box_says_itself() {
        let topics = Topics::new("hall");
        assert_eq!(topics.wish("vestry/hall/command"), Some("command"));
        assert_eq!(topics.wish("vestry/hall/set/input/1/gain"), Some("set/input/1/gain"));
        for other in ["vestry/hall/state", "vestry/hall/command/x", "vestry/hall2/command", "set/record", ""]
        {
            assert_eq!(topics.wish(other), None, "{other}");
        }
    }

    #[test]
    fn an_answer_never_poses_as_state_or_command() {
        let topics = Topics::new("hall");
        assert_eq!(topics.answer(Some("desk/7/answers")), "desk/7/answers");
        assert_eq!(topics.answer(Some("vestry/hall/response/7")), "vestry/hall/response/7");
        let long = "x".repeat(257);
        let wrong = ["", "a/+", "#", "$SYS/x", "vestry/hall/state", "vestry/hall/set/record", "a\0", &long];
        for topic in wrong {
            assert_eq!(topics.answer(Some(topic)), "vestry/hall/response", "{topic:?}");
        }
        assert_eq!(topics.answer(None), "vestry/hall/response");
    }
}
