//! A time of day as people write it: "09:45", or "09:45:30".
//!
//! Runs on: main.
use serde::de::{Error, Unexpected};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// What is right.
const RIGHT: &str = "a time of day such as \"09:45\"";

/// Hours, minutes and seconds of a day that has 24 hours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeOfDay(u32);

impl TimeOfDay {
    /// So many seconds after midnight; none after the end of the day.
    pub fn from_seconds(seconds: u32) -> Option<Self> {
        (seconds < 86_400).then_some(Self(seconds))
    }

    /// Seconds from midnight.
    pub fn seconds(self) -> u32 {
        self.0
    }

    /// Reads `HH:MM` or `HH:MM:SS`; "24:00" is the midnight that ends a day, as "00:00" is the one that begins it.
    pub fn parse(text: &str) -> Option<Self> {
        let part = |part: &str, most: u32| {
            let digits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
            part.parse::<u32>().ok().filter(|number| digits && *number <= most)
        };
        if text == "24:00" {
            return Some(Self(0));
        }
        let parts: Vec<_> = text.split(':').collect();
        let (hours, minutes, seconds) = match *parts.as_slice() {
            [hours, minutes] => (hours, minutes, "00"),
            [hours, minutes, seconds] => (hours, minutes, seconds),
            _ => return None,
        };
        Some(Self(part(hours, 23)? * 3_600 + part(minutes, 59)? * 60 + part(seconds, 59)?))
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:02}:{:02}", self.0 / 3_600, self.0 / 60 % 60)?;
        match self.0 % 60 {
            0 => Ok(()),
            seconds => write!(out, ":{seconds:02}"),
        }
    }
}

impl Serialize for TimeOfDay {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::parse(&text).ok_or_else(|| D::Error::invalid_value(Unexpected::Str(&text), &RIGHT))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_comes_back_as_it_was_and_nothing_else_is_one() {
        for seconds in 0..86_400 {
            let time = TimeOfDay::from_seconds(seconds).unwrap();
            assert_eq!(TimeOfDay::parse(&time.to_string()), Some(time));
        }
        assert_eq!(TimeOfDay::from_seconds(86_400), None);
        assert_eq!(TimeOfDay::parse("09:45").unwrap().to_string(), "09:45");
        assert_eq!(TimeOfDay::parse("24:00"), TimeOfDay::from_seconds(0));
        for wrong in
            ["", "9:45", "09:60", "24:01", "09-45", "+9:45", "09:45:", "09:45:00:00", "noon", "09:4ö"]
        {
            assert_eq!(TimeOfDay::parse(wrong), None, "{wrong}");
        }
    }
}
