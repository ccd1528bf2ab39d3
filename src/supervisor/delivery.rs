//! Delivery of takes: the takes of the first medium as delivery wants them told, and what of it is told to others.
//!
//! Runs on: main (`open`), delivery (`Takes`), supervisor.
use super::policy::folder;
use crate::config::Config;
use crate::deliver::{
    Deliverer, Delivery, DeliveryEvent, DeliverySettings, DeliveryStatus, FilePlan, Plan, Secret,
    SettingsError, Shelf, Sound, TakeState,
};
use crate::record::manifest::{self, FILE, Manifest, PartEntry, TrackEntry};
use crate::record::storage::{Disk, Storage};
use crate::record::wave::DATA_START;
use crate::record::{Phase, RecordStatus, list};
use crate::rt_io::sched;
use crate::telemetry::{DeliveryReport, FailedReport, SendingReport};
use crate::web::DeliveryLine;
use std::path::PathBuf;

/// Failed takes that are told.
const MOST_FAILED: usize = 20;

/// The handle with what was seen and told last.
pub struct Deliveries {
    delivery: Delivery,
    target: &'static str,
    /// Whether a take was open on the first medium, and which was the last.
    seen: (bool, Option<PathBuf>),
    report: DeliveryReport,
}

impl Deliveries {
    /// Starts it; none where no target is configured.
    ///
    /// # Errors
    /// A target or a file with secrets that cannot be used.
    pub fn open(config: &Config) -> Result<Option<Self>, SettingsError> {
        let Some(target) = config.delivery.parsed() else { return Ok(None) };
        let kind = target.kind();
        let delivery = &config.delivery;
        let of_region = || format!("https://s3.{}.amazonaws.com", delivery.region);
        let settings = DeliverySettings {
            secret: Secret::read(&target, delivery.credentials_file.as_deref())?,
            target,
            target_text: delivery.target.clone().unwrap_or_default(),
            endpoint: delivery.endpoint.clone().unwrap_or_else(of_region),
            region: delivery.region.clone(),
            limit: (delivery.limit_kib_s > 0).then(|| u64::from(delivery.limit_kib_s) * 1_024),
            when: delivery.when,
            dir: config.recordings_dir.clone(),
        };
        let takes = Box::new(Takes { dir: config.recordings_dir.clone() });
        let delivery = Delivery::spawn(&settings, takes, sched::stand_far_back)?;
        let report = DeliveryReport { target: kind.into(), ..DeliveryReport::default() };
        Ok(Some(Self { delivery, target: kind, seen: (false, None), report }))
    }

    /// Looks at everything: `first` is how the first medium does, `held` whether a writer is behind, `recording` whether
    /// anything is recorded. What is to be told.
    pub fn look(&mut self, first: Option<&RecordStatus>, held: bool, recording: bool) -> Vec<DeliveryEvent> {
        self.delivery.set(held, recording);
        let now = first.map(|status| (status.phase == Phase::Recording, status.take.clone()));
        if let Some(now) = now.filter(|now| *now != self.seen) {
            self.seen = now;
            self.delivery.look();
        }
        self.report = report(self.target, self.delivery.status());
        std::iter::from_fn(|| self.delivery.event()).collect()
    }

    /// How it stands.
    pub fn report(&self) -> &DeliveryReport {
        &self.report
    }

    /// For the list of takes on the page.
    pub fn told(&self) -> Told {
        Told { deliverer: self.delivery.deliverer(), target: self.target }
    }

    /// The last take of `takes` for "last", else the one of that name, unless it is the one that is open.
    ///
    /// # Errors
    /// There is none, or it is being recorded.
    pub fn deliver<'a>(&self, wanted: &str, takes: impl Iterator<Item = &'a str>) -> Result<(), String> {
        let open = self.seen.1.as_deref().filter(|_| self.seen.0).map(folder);
        let (mut found, mut last) = (false, None);
        for take in takes {
            found |= take == wanted;
            last = if open.as_deref() == Some(take) { last } else { Some(take) };
        }
        let take = match wanted {
            "last" => last.ok_or("take: there is none that is closed")?,
            name if open.as_deref() == Some(name) => {
                return Err(format!("take {name:?}: it is being recorded; end it first"));
            }
            name if found => name,
            name => return Err(format!("take {name:?}: there is none of that name on the first medium")),
        };
        self.delivery.deliver(take);
        Ok(())
    }

    /// Ends what is under way; what waits has to be asked for.
    pub fn stop(&self) {
        self.delivery.stop();
    }

    /// Ends the thread. What is still to be told.
    pub fn end(&mut self) -> Vec<DeliveryEvent> {
        self.delivery.end();
        std::iter::from_fn(|| self.delivery.event()).collect()
    }
}

/// How it stands with single takes.
#[derive(Clone)]
pub struct Told {
    deliverer: Deliverer,
    target: &'static str,
}

impl Told {
    /// With the one of that name on the first medium; none where it is not known.
    pub fn of(&self, take: &str) -> Option<DeliveryLine> {
        let delivery = self.deliverer.take(take)?;
        let state = match delivery.state {
            TakeState::Waiting => "waiting",
            TakeState::Sending => "sending",
            TakeState::Done => "done",
            TakeState::Failed => "failed",
        };
        let progress = f64::from(delivery.progress);
        Some(DeliveryLine { target: self.target.into(), state, progress, reason: delivery.reason })
    }
}

fn report(target: &str, status: &DeliveryStatus) -> DeliveryReport {
    let sending = status.sending.as_ref();
    let failed = status.failed.iter().rev().take(MOST_FAILED);
    DeliveryReport {
        target: target.into(),
        waiting: status.waiting,
        sending: sending.map(|one| SendingReport { take: one.take.clone(), progress: one.progress }),
        done: status.done,
        failed: failed
            .map(|one| FailedReport { take: one.take.clone(), reason: one.reason.clone() })
            .collect(),
        fault: status.fault.clone(),
    }
}

/// The takes of a folder.
struct Takes {
    dir: PathBuf,
}

impl Shelf for Takes {
    fn complete(&self, known: &dyn Fn(&str) -> bool) -> Result<Vec<String>, String> {
        let here = Disk.list(&self.dir).map_err(|error| format!("{}: {error}", self.dir.display()))?;
        let is_complete = |name: &String| {
            let read = || Manifest::read(&Disk, &self.dir.join(name));
            known(name) || read().is_ok_and(|manifest| manifest.state != manifest::TakeState::Recording)
        };
        // A folder that is empty since its medium is out is none that lost its takes.
        if here.is_empty() {
            return Err(format!("{}: it is empty", self.dir.display()));
        }
        Ok(list::names(&Disk, &self.dir).into_iter().filter(is_complete).collect())
    }

    fn plan(&self, take: &str) -> Result<Plan, String> {
        let folder = self.dir.join(take);
        let manifest = Manifest::read(&Disk, &folder).map_err(|error| error.to_string())?;
        if manifest.state == manifest::TakeState::Recording {
            return Err("it is being recorded, or was not repaired yet".into());
        }
        let mut files = Vec::new();
        for track in &manifest.tracks {
            for part in &track.parts {
                files.push(FilePlan { name: part.file.clone(), sound: Some(sound(&manifest, track, part)?) });
            }
        }
        // A folder that has it is whole.
        files.push(FilePlan { name: FILE.into(), sound: None });
        Ok(Plan { folder, files })
    }
}

fn sound(manifest: &Manifest, track: &TrackEntry, part: &PartEntry) -> Result<Sound, String> {
    let crc32 = part.crc32.as_deref().and_then(|text| u32::from_str_radix(text, 16).ok());
    let (Some(frames), Some(crc32)) = (part.frames, crc32) else {
        return Err(format!("{}: take.json has no length or checksum of it", part.file));
    };
    let bytes = frames.saturating_mul(manifest.spec(track).frame_bytes());
    Ok(Sound { start: DATA_START, bytes, crc32 })
}

#[cfg(test)]
#[path = "delivery_tests.rs"]
mod tests;
