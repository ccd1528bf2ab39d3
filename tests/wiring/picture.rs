//! A header with what is on it, as an SVG picture.
use super::header::{HEADER, Kind};
use super::{Taken, Taker};
use std::fmt::Write;

const WIDTH: u32 = 520;
const ROW: u32 = 22;
const TOP: u32 = 40;

/// The header of the board `name`, seen from above, pin 1 at the top left.
pub fn svg(name: &str, taken: &Taken) -> String {
    let height = TOP + 20 * ROW + 12;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" font-family=\"sans-serif\" \
         font-size=\"13\">\n<rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>\n\
         <text x=\"{}\" y=\"24\" text-anchor=\"middle\" font-weight=\"bold\">{name}</text>\n",
        WIDTH / 2
    );
    for (at, kind) in (0..).zip(HEADER) {
        pin(&mut svg, at, kind, taken);
    }
    svg + "</svg>\n"
}

/// One pin: its number in a circle, and beside that what it is.
fn pin(svg: &mut String, at: u32, kind: Kind, taken: &Taken) {
    let (left, y) = (at.is_multiple_of(2), TOP + at / 2 * ROW + ROW / 2);
    let x = if left { WIDTH / 2 - 12 } else { WIDTH / 2 + 12 };
    let (label, fill) = match kind {
        Kind::Low => ("3.3 V".to_owned(), "#e5a50a"),
        Kind::High => ("5 V".to_owned(), "#e66100"),
        Kind::Ground => ("ground".to_owned(), "#77767b"),
        Kind::Gpio(gpio) => match taken.get(&gpio) {
            Some((taker, what)) => (format!("{what} (GPIO {gpio})"), colour(*taker)),
            None if gpio < 2 => (format!("a card's EEPROM (GPIO {gpio})"), "#ffffff"),
            None if [14, 15].contains(&gpio) => (format!("console (GPIO {gpio})"), "#ffffff"),
            None => (format!("GPIO {gpio}"), "#ffffff"),
        },
    };
    let (text_x, anchor) = if left { (x - 16, "end") } else { (x + 16, "start") };
    let _ = writeln!(
        svg,
        "<circle cx=\"{x}\" cy=\"{y}\" r=\"10\" fill=\"{fill}\" stroke=\"#3d3846\"/>\
         <text x=\"{x}\" y=\"{}\" text-anchor=\"middle\" font-size=\"10\">{}</text>\
         <text x=\"{text_x}\" y=\"{}\" text-anchor=\"{anchor}\">{label}</text>",
        y + 4,
        at + 1,
        y + 4
    );
}

fn colour(taker: Taker) -> &'static str {
    match taker {
        Taker::Panel => "#8ff0a4",
        Taker::Display => "#99c1f1",
        Taker::Card => "#dc8add",
    }
}
