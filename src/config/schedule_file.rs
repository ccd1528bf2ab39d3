//! What the box remembers of its schedule, as a file: the calendar in the keys of the configuration, so that it can be copied there.
//!
//! Runs on: schedule (reading), supervisor (the rest).
use super::schedule::{ServiceConfig, calendar_fault};
use serde::{Deserialize, Serialize};

/// All of it. What is left out is as the configuration says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScheduleFile {
    /// The schedule was switched on or off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// The level trigger was switched on or off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trigger: Option<bool>,
    /// A take runs that a person has started: it goes on after a power cut.
    pub by_hand: bool,
    /// When a person ended a take, in ms since 1970: services that had begun by then are over for this box.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub declined_ms: Option<i64>,
    /// A person ended a take while there was sound, and there has been no silence since.
    pub declined_sound: bool,
    /// A calendar in place of the configuration's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<Vec<ServiceConfig>>,
}

impl ScheduleFile {
    /// The file's text.
    pub fn text(&self) -> String {
        // Nothing in here can fail to become TOML; should it ever, reading an empty text is no calendar.
        toml::to_string(self).unwrap_or_default()
    }

    /// Reads a file's `text`.
    ///
    /// # Errors
    /// What is wrong, in one line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: Self = toml::from_str(text).map_err(|error| super::key::message_line(error.message()))?;
        calendar_fault(file.service.as_deref().unwrap_or_default()).map_or(Ok(file), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::super::schedule::Weekday;
    use super::super::time_of_day::TimeOfDay;
    use super::*;

    #[test]
    fn what_is_remembered_comes_back_and_what_is_wrong_is_told() {
        let time = |text| TimeOfDay::parse(text).unwrap();
        let entry = ServiceConfig {
            name: "Größe \"5\"".into(),
            days: vec![Weekday::Sun, Weekday::Wed],
            start: time("23:30"),
            end: time("00:30:05"),
            enabled: false,
        };
        for service in [None, Some(vec![]), Some(vec![entry.clone(), entry.clone()])] {
            let file = ScheduleFile {
                enabled: Some(false),
                trigger: Some(true),
                by_hand: true,
                declined_ms: Some(-5),
                declined_sound: true,
                service,
            };
            assert_eq!(ScheduleFile::parse(&file.text()), Ok(file));
        }
        assert_eq!(ScheduleFile::parse(""), Ok(ScheduleFile::default()));
        let wrong = ScheduleFile {
            service: Some(vec![ServiceConfig { days: vec![], ..entry }]),
            ..Default::default()
        };
        assert!(ScheduleFile::parse(&wrong.text()).unwrap_err().starts_with("entry 1: days: must be"));
        for text in ["x = 1", "service = 5", "[[service]]\nname = \"a\"", "enabled ="] {
            assert!(ScheduleFile::parse(text).is_err_and(|why| !why.contains('\n')), "{text}");
        }
    }
}
