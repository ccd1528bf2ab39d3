//! What a Linux box has around its sound card: buttons and lamps on GPIO lines, the poll call, the service manager, the
//! machine's own state.
//!
//! Runs on: supervisor; delivery (`aside`).
mod aside;
mod files;
mod gpio;
mod line;
mod machine;
mod service;
mod wait;

pub use aside::{GroupSignal, never_block, signal_group};
pub use files::{forget, open_plain};
pub use gpio::{Buttons, Edge, Lamp, OpenError};
pub use line::{Bias, GpioError, LineId, LineSettings};
pub use machine::{address, cpu_celsius, unique};
pub use service::ServiceManager;
pub use wait::{now, wait};
