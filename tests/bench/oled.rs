//! What a frame of the OLED costs: bytes on the bus while six people speak, and the time to draw it.
//!
//! Target: 200 bytes for a typical frame of the page Levels; a whole picture has 1,024 and its addresses.
#[path = "../common/bus.rs"]
mod bus;
#[path = "../common/oled.rs"]
mod oled;
#[path = "../common/speech.rs"]
mod speech;

use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use vestry::panel::{Page, View};

/// A minute.
const FRAMES: usize = 1_200;

fn bench(criterion: &mut Criterion) {
    println!("bytes on the bus, six voices, 20 frames/s   median   mean    p95    max");
    let views = speech::views(FRAMES);
    for height in [64, 32] {
        let [median, mean, p95, max] = bus::figures(bus::bytes(&views, height));
        println!("128x{height}  {:>36.0} {mean:>6.0} {p95:>6.0} {max:>6.0}", median);
    }
    for page in [Page::Levels, Page::Spectrum, Page::System] {
        let view = View { page, spectrum: vec![-30.0; 32], ..views[FRAMES / 2].clone() };
        let name = format!("draw {}, 128x64", page.name());
        criterion.bench_function(&name, |bencher| bencher.iter(|| oled::drawn(black_box(&view), 64)));
    }
}

criterion_group!(benches, bench);
criterion_main!(benches);
