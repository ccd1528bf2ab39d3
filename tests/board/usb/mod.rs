//! A USB sound interface that can be unplugged: its process in the guest. The checks are in `unplug.rs`.
mod device;
mod server;
mod wire;

pub use server::serve;
