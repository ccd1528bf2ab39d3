//! Silence instead of the ring's old sound when the loop does not keep up.
//!
//! Runs on: main.
//!
//! A playback stream that never stops would repeat its ring for as long as the loop stands still. The kernel can wipe
//! what has been played, but the `alsa` crate has no call for that part of the software parameters, so they are handed
//! to the kernel directly.
use alsa::pcm::{PCM, SwParams};
use alsa::poll::Descriptors;
use nix::libc::{c_int, c_uint, c_ulong};

/// The kernel's `struct snd_pcm_sw_params`.
#[repr(C)]
struct KernelParams {
    tstamp_mode: c_int,
    period_step: c_uint,
    sleep_min: c_uint,
    avail_min: c_ulong,
    xfer_align: c_ulong,
    start_threshold: c_ulong,
    stop_threshold: c_ulong,
    silence_threshold: c_ulong,
    silence_size: c_ulong,
    boundary: c_ulong,
    proto: c_uint,
    tstamp_type: c_uint,
    reserved: [u8; 56],
}

/// Version 2.0.12 of the kernel's protocol: the first whose `tstamp_type` counts.
const PROTOCOL: c_uint = (2 << 16) | 12;
/// CLOCK_MONOTONIC.
const MONOTONIC: c_uint = 1;

nix::ioctl_readwrite!(set_sw_params, b'A', 0x13, KernelParams);

/// Repeats `params`, which `pcm` already has, to the kernel with "wipe what has been played" added.
pub(super) fn wipe_played(pcm: &PCM, params: &SwParams<'_>) -> alsa::Result<()> {
    let boundary = params.get_boundary()? as c_ulong;
    let mut kernel = KernelParams {
        tstamp_mode: 1,
        period_step: 1,
        sleep_min: 0,
        avail_min: params.get_avail_min()? as c_ulong,
        xfer_align: 1,
        start_threshold: params.get_start_threshold()? as c_ulong,
        stop_threshold: params.get_stop_threshold()? as c_ulong,
        silence_threshold: 0,
        silence_size: boundary,
        boundary,
        proto: PROTOCOL,
        tstamp_type: MONOTONIC,
        reserved: [0; 56],
    };
    let descriptors = pcm.get()?;
    let Some(descriptor) = descriptors.first() else {
        return Err(alsa::Error::unsupported("snd_pcm_poll_descriptors"));
    };
    // SAFETY: the descriptor is the open PCM's, and `kernel` has the layout that this call reads and writes.
    match unsafe { set_sw_params(descriptor.fd, &raw mut kernel) } {
        Ok(_) => Ok(()),
        Err(errno) => Err(alsa::Error::new("SNDRV_PCM_IOCTL_SW_PARAMS", errno as i32)),
    }
}
