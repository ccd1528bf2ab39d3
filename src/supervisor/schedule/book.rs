//! The calendar as moments: which services are on, and which is next. Pure.
//!
//! Runs on: supervisor.
use crate::config::ServiceConfig;
use crate::record::zone::{Day, Zone};

/// Days that are looked back: a service ends within two days after the one on which it begins, with the minutes after it.
const BACK: i32 = 3;
/// Days that are looked ahead: each service begins within a week, and clocks may leave out a day.
const AHEAD: i32 = 9;

/// A service at its time, in ms since 1970.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Service {
    /// First moment.
    pub from: i64,
    /// First moment after it.
    pub to: i64,
    /// What people call it.
    pub name: String,
}

/// The calendar, and what of it is near.
#[derive(Clone, Debug)]
pub struct Book {
    zone: Zone,
    entries: Vec<ServiceConfig>,
    /// The day that `near` is of.
    day: Option<Day>,
    /// In order.
    near: Vec<Service>,
}

impl Book {
    /// With these entries, in the local time of `zone`.
    pub fn new(zone: Zone, entries: Vec<ServiceConfig>) -> Self {
        Self { zone, entries, day: None, near: Vec::new() }
    }

    /// The entries.
    pub fn entries(&self) -> &[ServiceConfig] {
        &self.entries
    }

    /// Puts others in their place.
    pub fn replace(&mut self, entries: Vec<ServiceConfig>) {
        (self.entries, self.day) = (entries, None);
    }

    /// Whether there is an entry that counts.
    pub fn counts(&self) -> bool {
        self.entries.iter().any(|entry| entry.enabled)
    }

    /// The zone.
    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// Services around `now`, in order.
    pub fn near(&mut self, now: i64) -> &[Service] {
        let day = self.zone.day(now);
        if self.day != Some(day) {
            self.day = Some(day);
            self.near = self.around(day);
        }
        &self.near
    }

    fn around(&self, day: Day) -> Vec<Service> {
        let on = |entry: &ServiceConfig, day: Day| {
            entry.enabled && entry.days.iter().any(|wanted| *wanted as usize == day.weekday())
        };
        let days = (-BACK..=AHEAD).map(|days| day.shifted(days));
        let mut near: Vec<_> = days
            .flat_map(|day| {
                self.entries.iter().filter(move |entry| on(entry, day)).map(move |entry| (day, entry))
            })
            .map(|(day, entry)| {
                let (from, to) = self.zone.stretch(day, entry.start.seconds(), entry.end.seconds());
                Service { from, to, name: entry.name.clone() }
            })
            .collect();
        near.sort();
        near
    }

    /// The service that is on at `now`; of several the one that ends last.
    pub fn active(&mut self, now: i64) -> Option<&Service> {
        self.near(now)
            .iter()
            .filter(|service| (service.from..service.to).contains(&now))
            .max_by_key(|it| it.to)
    }

    /// The one that begins next after `now`.
    pub fn next(&mut self, now: i64) -> Option<&Service> {
        self.near(now).iter().find(|service| service.from > now)
    }
}
