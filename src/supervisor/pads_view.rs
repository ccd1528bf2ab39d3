//! From what is told of the player to what the panel shows of it. Pure.
//!
//! Runs on: supervisor.
use crate::config::{BankShape, PadName};
use crate::panel::{PadCell, PadsView};
use crate::telemetry::{PadReport, PadWord, PlayerReport};

/// The bank of the selected pad.
pub fn view(shape: BankShape, selected: PadName, player: &PlayerReport) -> PadsView {
    let columns = usize::from(shape.columns);
    let in_bank = |pad: PadName| (usize::from(pad.row) - 1) * columns + usize::from(pad.column) - 1;
    let mut cells = vec![PadCell::Empty; usize::from(shape.rows) * columns];
    for pad in &player.pads {
        let Some(at) = pad.pad.parse().ok().filter(|at: &PadName| at.bank == selected.bank) else { continue };
        if let Some(cell) = cells.get_mut(in_bank(at)) {
            *cell = self::cell(pad, player);
        }
    }
    let place = selected.to_string();
    let pad = player.pads.iter().find(|pad| pad.pad == place);
    let time = player.times.iter().rev().find(|time| time.pad == place);
    PadsView {
        bank: selected.bank,
        banks: shape.banks,
        columns,
        cells,
        selected: in_bank(selected),
        name: pad.map(|pad| pad.name.clone()).unwrap_or_default(),
        reason: pad.and_then(|pad| pad.reason.clone()),
        seconds: pad.and_then(|pad| pad.seconds),
        elapsed: time.map(|time| time.elapsed_s),
        remaining: time.and_then(|time| time.remaining_s),
        place,
    }
}

fn cell(pad: &PadReport, player: &PlayerReport) -> PadCell {
    match pad.state {
        _ if player.playing.contains(&pad.pad) => PadCell::Playing,
        PadWord::Empty => PadCell::Empty,
        PadWord::Loading => PadCell::Loading,
        PadWord::Ready => PadCell::Ready,
        PadWord::Failed => PadCell::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::PadTime;

    #[test]
    fn the_bank_of_the_selected_pad_is_shown_with_what_plays() {
        let shape = BankShape { banks: 2, rows: 2, columns: 3 };
        let pad = |pad: &str, state| PadReport {
            pad: pad.into(),
            name: format!("clip {pad}"),
            state,
            seconds: (state == PadWord::Ready).then_some(9.5),
            reason: (state == PadWord::Failed).then(|| "is no file".into()),
            ..PadReport::default()
        };
        let player = PlayerReport {
            pads: vec![
                pad("1.1.1", PadWord::Ready),
                pad("2.1.2", PadWord::Failed),
                pad("2.2.1", PadWord::Ready),
                pad("2.2.2", PadWord::Loading),
                pad("2.2.3", PadWord::Ready),
            ],
            playing: vec!["2.2.1".into()],
            times: vec![PadTime { pad: "2.2.1".into(), elapsed_s: 2.0, remaining_s: Some(7.5) }],
            ..PlayerReport::default()
        };
        let at = |name: &str| view(shape, name.parse().unwrap(), &player);
        let playing = at("2.2.1");
        use PadCell::{Empty, Failed, Loading, Playing, Ready};
        assert_eq!(playing.cells, [Empty, Failed, Empty, Playing, Loading, Ready]);
        assert_eq!((playing.bank, playing.banks, playing.columns, playing.selected), (2, 2, 3, 3));
        assert_eq!((playing.name.as_str(), playing.remaining), ("clip 2.2.1", Some(7.5)));
        assert_eq!(at("2.1.2").reason.as_deref(), Some("is no file"));
        let first = at("1.1.1");
        assert_eq!((first.state(), first.seconds, first.elapsed), (Ready, Some(9.5), None));
        assert_eq!(
            (first.cells.iter().filter(|cell| **cell != Empty).count(), at("1.2.3").name.as_str()),
            (1, "")
        );
    }
}
