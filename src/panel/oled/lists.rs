//! The pages that are lists.
//!
//! Runs on: supervisor.
use super::super::pages::Page;
use super::super::text::{bytes, rough_time, troubles};
use super::super::view::{BoxState, MediumView, View};
use super::ink::Ink;
use super::words::{self, short};
use super::{LINE, area};
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::Point;
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::primitives::Rectangle;

/// Lines from the top, as many as there is room for.
pub fn lines<D>(ink: &mut Ink<'_, D>, page: Rectangle, lines: &[String]) -> Result<(), D::Error>
where
    D: DrawTarget<Color = BinaryColor>,
{
    let rows = page.size.height / LINE;
    for (row, text) in (0..rows).zip(lines) {
        let top_left = page.top_left + Point::new(0, (row * LINE) as i32);
        let cut: String = text.chars().take((page.size.width / 5) as usize).collect();
        ink.line(Rectangle::new(top_left, (page.size.width, LINE).into()), &cut, false)?;
    }
    Ok(())
}

/// A page's title, and which page it is.
pub fn title<D>(ink: &mut Ink<'_, D>, y: i32, text: &str, view: &View) -> Result<(), D::Error>
where
    D: DrawTarget<Color = BinaryColor>,
{
    let wide = text.chars().count() as u32 * 5 + 3;
    ink.line(area(0, y + 1, wide, LINE - 1), "", true)?;
    ink.text(Point::new(2, y), text, super::ink::SMALL, false)?;
    dots(ink, y, view)
}

/// At the right which page of how many it is.
pub fn dots<D>(ink: &mut Ink<'_, D>, y: i32, view: &View) -> Result<(), D::Error>
where
    D: DrawTarget<Color = BinaryColor>,
{
    let pages = Page::all(view.pads.is_some());
    let count = pages.clone().count() as i32;
    for (place, other) in (0..).zip(pages) {
        let at = Point::new(128 - 5 * (count - place), y + 2);
        let shape = if other == view.page { area(at.x, at.y, 4, 4) } else { area(at.x + 1, at.y + 1, 2, 2) };
        ink.fill(shape, true)?;
    }
    Ok(())
}

/// Five lines of 25 letters.
pub fn system(view: &View) -> [String; 5] {
    let (loss, machine) = (view.loss, &view.machine);
    let [xruns, lost, dropped] = [loss.xruns, loss.frames, loss.blocks].map(short);
    let worst = match machine.worst_period_us {
        Some(us) => format!("worst {us:.0}/{:.0}us", machine.period_us),
        None => "worst period unknown".into(),
    };
    let free = view.storage.map(|room| format!("{} {}", bytes(room.free_bytes), rough_time(room.free_time)));
    // Two media take the place of the card's name and of the room on the only one.
    let [first, second] = match &view.media[..] {
        [first, second, ..] => [medium(first), medium(second)],
        _ => [format!("card {}", machine.card), format!("free {}", free.as_deref().unwrap_or("unknown"))],
    };
    [
        format!("xruns {xruns} lost {lost} drop {dropped}"),
        joined([Some(worst), celsius(view).map(|degrees| format!("CPU {degrees}"))]),
        first,
        second,
        joined([Some(address(view)), broker(view)]),
    ]
}

/// The same in four lines of 17 letters.
pub fn short_system(view: &View) -> [String; 4] {
    let [xruns, lost] = [view.loss.xruns, view.loss.frames].map(short);
    let worst = view.machine.worst_period_us.map(|us| format!("{us:.0}us"));
    let card: String = view.machine.card.chars().take(9).collect();
    if let [first, second, ..] = &view.media[..] {
        return [format!("xruns {xruns} lost {lost}"), medium(first), medium(second), address(view)];
    }
    [
        format!("xruns {xruns} lost {lost}"),
        joined([worst, celsius(view), view.storage.map(|_| words::free_time(view).replace(' ', ""))]),
        address(view),
        joined([Some(card.trim_end().to_owned()).filter(|card| !card.is_empty()), broker(view)]),
    ]
}

/// One of several media in 17 letters: a name that is longer loses its end before its state does.
fn medium(medium: &MediumView) -> String {
    let hours = medium.storage.map_or(0, |room| room.free_time.as_secs() / 3_600).min(999);
    let state = match medium.state {
        BoxState::Fault(_) => "FAULT".into(),
        BoxState::Recording => format!("REC {hours}h"),
        BoxState::Idle if medium.storage.is_none() => "not in".into(),
        BoxState::Idle => format!("ready {hours}h"),
    };
    let name: String = medium.name.chars().take(16 - state.chars().count()).collect();
    format!("{} {state}", name.trim_end())
}

fn joined<const PARTS: usize>(parts: [Option<String>; PARTS]) -> String {
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn celsius(view: &View) -> Option<String> {
    view.machine.cpu_celsius.map(|degrees| format!("{degrees:.0}C"))
}

fn address(view: &View) -> String {
    view.machine.address.clone().unwrap_or_else(|| "no network".into())
}

fn broker(view: &View) -> Option<String> {
    view.machine.broker.map(|connected| if connected { "mqtt ok".into() } else { "mqtt lost".into() })
}

/// Takes, newest first: number, date and time, without the year where a line has fewer than 21 letters.
pub fn takes(view: &View, wide: usize) -> Vec<String> {
    if view.takes.is_empty() {
        return vec!["no takes yet".into()];
    }
    view.takes.iter().map(|take| short_take(take, wide).unwrap_or_else(|| take.clone())).collect()
}

/// `0007 2026-03-01 10:00` of `2026-03-01_100000_0007`; none of any other name.
fn short_take(name: &str, wide: usize) -> Option<String> {
    let mut parts = name.split_whitespace().next()?.splitn(3, '_');
    let (date, time, number) = (parts.next()?, parts.next()?, parts.next()?);
    let (hours, minutes) = (time.get(..2)?, time.get(2..4)?);
    let date = if wide < 21 { date.get(5..)? } else { date };
    Some(format!("{number} {date} {hours}:{minutes}"))
}

/// What is wrong now, then what went wrong, newest first, wrapped.
pub fn faults(view: &View, wide: usize) -> Vec<String> {
    let now = troubles(view).map(|trouble| ('!', trouble));
    let mut lines = vec![];
    for (sign, fault) in now.chain(view.faults.iter().map(|fault| ('-', fault.clone()))) {
        for (row, text) in words::wrap(&fault, wide - 2, 3).into_iter().enumerate() {
            lines.push(format!("{} {text}", if row == 0 { sign } else { ' ' }));
        }
    }
    if lines.is_empty() {
        let tested = !view.self_test.is_empty();
        lines.push(if tested { "self-test passed".into() } else { "no faults".into() });
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_take_is_known_by_its_number_and_date() {
        let name = "2026-03-01_100000_0007";
        assert_eq!(short_take(name, 21), Some("0007 2026-03-01 10:00".into()));
        assert_eq!(short_take(name, 16), Some("0007 03-01 10:00".into()));
        assert_eq!(short_take("rehearsal", 21), None);
        assert_eq!(short_take("ä_ö_ü", 16), None);
    }
}
