//! The panel on a small monochrome display of 128 x 64 or 128 x 32 pixels.
//!
//! The state comes first and is on every page: on 64 rows across the top, on 32 rows at the left over the whole height.
//! REC is a filled block with a dot, NOT REC a hollow frame, FAULT stripes beside its reason: they are told apart from
//! where no word can be read. Whatever moves on the page Levels stays within one page of the display's memory (eight
//! rows), so that a frame of it changes a few bytes.
//!
//! Runs on: supervisor.
mod code;
mod columns;
mod ink;
mod levels;
mod lists;
mod pads;
mod spectrum;
mod state;
mod words;

use super::ballistics::Bridge;
use super::pages::Page;
use super::view::{BoxState, Pace, View};
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{Point, Size};
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::primitives::Rectangle;
use ink::Ink;

/// Rows from which on the state goes across the top.
const TALL: u32 = 48;
/// Rows of a line of text, and of a page of the display's memory.
const LINE: u32 = 8;

/// Draws `view` with the meters of `bridge` over all of `target`, which is 128 columns wide and 64 or 32 rows high.
///
/// # Errors
/// Those of `target`.
pub fn draw<D>(target: &mut D, view: &View, bridge: &Bridge) -> Result<(), D::Error>
where
    D: DrawTarget<Color = BinaryColor>,
{
    target.clear(BinaryColor::Off)?;
    let tall = target.bounding_box().size.height >= TALL;
    let mut ink = Ink { target };
    if tall {
        state::across(&mut ink, view)?;
        match &view.web_code {
            Some(code) => code::below(&mut ink, code),
            None => page_of_64(&mut ink, view, bridge),
        }
    } else {
        state::beside(&mut ink, view)?;
        let (x, wide) = (state::BESIDE as i32 + 2, 126 - state::BESIDE);
        match &view.web_code {
            Some(code) => code::beside(&mut ink, area(x, 0, wide, 32), code),
            None => page_of_32(&mut ink, view, bridge),
        }
    }
}

fn area(x: i32, y: i32, width: u32, height: u32) -> Rectangle {
    Rectangle::new(Point::new(x, y), Size::new(width, height))
}

fn page_of_64<D>(ink: &mut Ink<'_, D>, view: &View, bridge: &Bridge) -> Result<(), D::Error>
where
    D: DrawTarget<Color = BinaryColor>,
{
    let below = area(0, 24, 128, 40);
    match view.page {
        Page::Levels => return levels::page(ink, area(0, 16, 128, 48), view, bridge),
        Page::Pads => {
            lists::dots(ink, 16, view)?;
            return view.pads.iter().try_for_each(|pads| pads::page(ink, area(0, 16, 128, 48), pads));
        }
        Page::Spectrum => spectrum::page(ink, below, view)?,
        Page::System => lists::lines(ink, below, &lists::system(view))?,
        Page::Takes => lists::lines(ink, below, &lists::takes(view, 21))?,
        Page::Faults => lists::lines(ink, below, &lists::faults(view, 25))?,
    }
    let title = match view.page {
        Page::Spectrum => words::selected(view, 19),
        Page::System => "System".into(),
        Page::Takes => "Takes".into(),
        _ => "Faults".into(),
    };
    lists::title(ink, 16, &title, view)
}

fn page_of_32<D>(ink: &mut Ink<'_, D>, view: &View, bridge: &Bridge) -> Result<(), D::Error>
where
    D: DrawTarget<Color = BinaryColor>,
{
    let (x, width) = (state::BESIDE as i32 + 2, 126 - state::BESIDE);
    let fault = matches!(view.state, BoxState::Fault(_));
    let three = area(x, 0, width, 24);
    let behind = view.writer.pace == Pace::Behind;
    let whole = if fault || behind { three } else { area(x, 0, width, 32) };
    match view.page {
        Page::Levels => levels::page(ink, three, view, bridge)?,
        Page::Pads => view.pads.iter().try_for_each(|pads| pads::page(ink, three, pads))?,
        Page::Spectrum => spectrum::page(ink, three, view)?,
        Page::System => lists::lines(ink, whole, &lists::short_system(view))?,
        Page::Takes => lists::lines(ink, whole, &lists::takes(view, 16))?,
        Page::Faults => lists::lines(ink, whole, &lists::faults(view, 17))?,
    }
    let last = area(x, 24, width, LINE);
    match (&view.state, view.page) {
        (BoxState::Fault(reason), _) => brief(ink, last, reason),
        (_, page) if behind || page == Page::Levels && view.writer.pace == Pace::Slow => {
            ink.line(last, &words::writer(view).unwrap_or_default(), behind)
        }
        (_, Page::Levels) => {
            ink.line(last, &words::take_time(view), false)?;
            ink.right(last, &words::free_time(view), true)
        }
        (_, Page::Pads) => {
            let name = view.pads.as_ref().map(|pads| words::name(&pads.name, 17));
            ink.line(last, &name.unwrap_or_default(), false)
        }
        (_, Page::Spectrum) => ink.line(last, &words::selected(view, 17), false),
        _ => Ok(()),
    }
}

/// What is wrong, in one line: in smaller letters where these make it fit, else cut.
fn brief<D>(ink: &mut Ink<'_, D>, line: Rectangle, reason: &str) -> Result<(), D::Error>
where
    D: DrawTarget<Color = BinaryColor>,
{
    let count = reason.chars().count();
    if !(18..22).contains(&count) {
        return ink.line(line, &words::wrap(reason, 17, 1).concat(), true);
    }
    ink.line(line, "", true)?;
    ink.text(line.top_left + Point::new(1, 1), reason, ink::TINY, false)
}
