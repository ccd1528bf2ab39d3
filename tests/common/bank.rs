//! A bank of pads as it is in the middle of an evening, for pictures of it.
use vestry::panel::PadCell;

/// Three rows of six have clips, two of which play; one cannot, and one is being loaded.
pub fn cells() -> Vec<PadCell> {
    let mut cells = vec![PadCell::Empty; 36];
    cells[..16].fill(PadCell::Ready);
    for (at, state) in
        [(2, PadCell::Playing), (7, PadCell::Playing), (9, PadCell::Failed), (15, PadCell::Loading)]
    {
        cells[at] = state;
    }
    cells
}
