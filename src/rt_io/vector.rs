//! One period through the engine with the best vector unit that the processor has.
//!
//! Runs on: rt.
use vestry_rt::area::{CaptureArea, PlaybackArea};
use vestry_rt::engine::Engine;

/// `Engine::process`, or the same compiled for AVX2 where there is one. NEON is in every aarch64 and needs no choice.
pub fn process(engine: &mut Engine, input: CaptureArea<'_>, output: PlaybackArea<'_>) {
    // The answer is found out once and remembered by the standard library.
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2, as was just asked; the function is safe otherwise.
        unsafe { engine.process_avx2(input, output) };
        return;
    }
    engine.process(input, output);
}
