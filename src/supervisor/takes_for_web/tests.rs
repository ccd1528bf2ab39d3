//! Names that lead nowhere else; the rest is tested with a running box.
use super::*;

#[test]
fn nothing_outside_the_takes_has_a_name() {
    let dir = tempfile::tempdir().unwrap();
    let takes = dir.path().join("takes");
    let take = takes.join("2026-11-26_101500_0007");
    std::fs::create_dir_all(&take).unwrap();
    std::fs::write(dir.path().join("secret"), "secret").unwrap();
    std::fs::write(takes.join("web_password"), "secret").unwrap();
    std::fs::write(take.join("01_A.wav"), "sound").unwrap();
    std::fs::write(take.join("take.json.tmp"), "half").unwrap();
    std::os::unix::fs::symlink("../../secret", take.join("02_B.wav")).unwrap();
    std::os::unix::fs::symlink(&take, takes.join("2026-11-26_101500_0008")).unwrap();
    let shelf = TakesForWeb::new(vec![("SD card".into(), takes)], None);
    let file = |name: &str, file: &str| shelf.file(name, file).unwrap().map(|opened| opened.bytes);
    assert_eq!(file("2026-11-26_101500_0007", "01_A.wav"), Some(5));
    for (name, other) in [
        ("2026-11-26_101500_0007", "02_B.wav"),
        ("2026-11-26_101500_0007", "take.json.tmp"),
        ("2026-11-26_101500_0007", "../web_password"),
        ("2026-11-26_101500_0007", "."),
        ("2026-11-26_101500_0008", "01_A.wav"),
        ("2026-11-26_101500_0007/..", "web_password"),
        ("..", "secret"),
        (".", "web_password"),
        ("", "web_password"),
    ] {
        assert_eq!(file(name, other), None, "{name} {other}");
    }
    let parts = shelf.files("2026-11-26_101500_0007").unwrap().unwrap();
    assert_eq!(parts.iter().map(|part| part.name.as_str()).collect::<Vec<_>>(), ["01_A.wav"]);
    assert_eq!(shelf.takes().unwrap()[0].state, "unreadable");
    assert!(shelf.overview("2026-11-26_101500_0007", "01_A.wav", 10).unwrap_err().contains("no wave file"));
}
