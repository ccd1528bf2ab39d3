//! What a person sees and presses: values in, a picture or an action out. Nothing here reads a clock or a key.
//!
//! The supervisor fills a [`View`] some 20 times a second, steps the [`Bridge`] by the time gone by and calls
//! [`draw`]; keys become [`PanelAction`]s by [`of_key`],
//! edges of buttons by [`Gestures`].
//!
//! Runs on: supervisor.
mod ballistics;
mod bands;
mod buttons;
mod debounce;
mod draw;
mod gesture;
mod lists;
mod meters;
pub mod oled;
mod pads;
mod pages;
mod spectrum;
mod text;
mod view;

pub use ballistics::{Bridge, FALL_DB_PER_S, HOLD, Needle, Reading};
pub use buttons::{Button, HELD, PanelAction, Press, of_key, pressed, pressed_on_pads};
pub use draw::draw;
pub use gesture::{Gesture, Gestures, LOCK_HELD};
pub use pads::{PadCell, PadsView};
pub use pages::Page;
pub use spectrum::{HIGH_HZ, LOW_HZ, Spectrum};
pub use text::{clock, state_word, status_line, writer_message};
pub use view::{
    BoxState, Check, Loss, Machine, MediumView, MeterView, Pace, Storage, TakeView, View, WriterView,
};
