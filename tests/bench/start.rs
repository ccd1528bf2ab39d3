//! From the start of the process to the first captured period, on the built-in board with its six recordings.
//!
//! `cargo bench --bench start`. The budget is in DESIGN section 4: 50 ms, one period (5 ms here) included.
use criterion::{Criterion, criterion_group, criterion_main};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use vestry::config::board::SIM;

/// Starts the program, waits for it to tell of its first period, and ends it.
fn start(dir: &Path) -> Duration {
    let begun = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_vestry"))
        .args(["run", "--for", "20ms", "--config"])
        .arg(dir.join("box.toml"))
        .arg("--data")
        .arg(dir.join("takes"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("vestry starts");
    let mut lines = BufReader::new(child.stderr.take().expect("piped")).lines();
    let told = lines.any(|line| line.is_ok_and(|line| line.contains("first period")));
    let taken = begun.elapsed();
    assert!(told, "no period came");
    lines.for_each(drop);
    assert!(child.wait().expect("ends").success());
    taken
}

fn bench(criterion: &mut Criterion) {
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::write(dir.path().join("box.toml"), format!("log_level = \"debug\"\n{SIM}")).expect("a file");
    let mut group = criterion.benchmark_group("start");
    group.sample_size(20).measurement_time(Duration::from_secs(5));
    group.bench_function("to the first captured period", |bencher| {
        bencher.iter_custom(|rounds| (0..rounds).map(|_| start(dir.path())).sum());
    });
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
