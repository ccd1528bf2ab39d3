//! Takes that are given away.
use crate::client::Client;
use crate::rig::{Site, eventually};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Command;

/// A box with a take that is closed, one that runs, and somebody who may have them.
fn recorded(dir: &std::path::Path) -> (Site, Client, PathBuf) {
    let site = Site::start(dir, "");
    let owner = site.owner();
    let ask = |body: Value| assert_eq!(owner.post("/api/command", &body).status, 200, "{body}");
    eventually("two seconds", || {
        let takes = owner.get("/api/takes").json();
        takes[0]["length_s"].as_f64().filter(|length| *length > 2.0)
    });
    ask(json!({"command": "marker", "label": "Sermon"}));
    ask(json!({"command": "record", "on": false}));
    eventually("a closed take", || (owner.get("/api/takes").json()[0]["state"] == "closed").then_some(()));
    ask(json!({"command": "record", "on": true}));
    eventually("another take", || (owner.get("/api/takes").json().as_array()?.len() == 2).then_some(()));
    let take = crate::cli::takes(&dir.join("takes")).into_iter().find(|take| take.join("take.json").exists());
    (site, owner, take.unwrap())
}

fn name(path: &std::path::Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

#[test]
fn takes_are_listed_and_told_as_they_are() {
    let dir = tempfile::tempdir().unwrap();
    let (site, owner, take) = recorded(dir.path());
    let takes = owner.get("/api/takes").json();
    assert_eq!(
        (&takes[0]["state"], &takes[1]["state"]),
        (&json!("recording"), &json!("closed")),
        "newest first"
    );
    let manifest: Value = serde_json::from_slice(&std::fs::read(take.join("take.json")).unwrap()).unwrap();
    let length = manifest["frames"].as_f64().unwrap() / 48_000.0;
    let bytes: u64 = take.read_dir().unwrap().map(|file| file.unwrap().metadata().unwrap().len()).sum();
    let right = json!({"name": name(&take), "medium": null, "state": "closed", "length_s": length, "sample_rate": 48_000,
        "bytes": bytes, "gaps": 0, "protected": false, "delivery": null});
    assert_eq!(takes[1], right);
    let whole = owner.get(&format!("/api/takes/{}", name(&take))).json();
    assert_eq!((&whole["length_s"], &whole["loudness"]), (&json!(length), &manifest["loudness"]));
    assert!(whole["loudness"].is_object());
    assert_eq!(whole["markers"][0]["label"], "Sermon");
    let at = manifest["markers"][0]["position"].as_f64().unwrap() / 48_000.0;
    assert_eq!((&whole["markers"][0]["at_s"], &whole["gap_list"]), (&json!(at), &json!([])));
    let names: Vec<_> =
        whole["tracks"].as_array().unwrap().iter().map(|track| track["name"].clone()).collect();
    assert_eq!(names, ["Führung", "Input 2", "Mix"]);
    for track in whole["tracks"].as_array().unwrap() {
        let file = take.join(track["file"].as_str().unwrap());
        assert_eq!(track["bytes"].as_u64().unwrap(), file.metadata().unwrap().len());
    }
    assert_eq!(owner.post("/api/command", &json!({"command": "protect", "take": name(&take)})).status, 200);
    eventually("protection", || (owner.get("/api/takes").json()[1]["protected"] == true).then_some(()));
    assert_eq!(owner.get("/api/takes/2001-01-01_000000_0001").status, 404);
    assert_eq!(site.gaps(), 0);
}

#[test]
fn files_come_to_the_byte_whole_and_in_part() {
    let dir = tempfile::tempdir().unwrap();
    let (site, owner, take) = recorded(dir.path());
    let file = std::fs::read(take.join("01_Führung.wav")).unwrap();
    let path = format!("/takes/{}/01_F%C3%BChrung.wav", name(&take));
    let whole = owner.get(&path);
    assert!(whole.body == file && whole.header("content-type") == "audio/wav");
    assert_eq!((whole.header("accept-ranges"), whole.header("content-disposition")), ("bytes", ""));
    let tag = whole.header("etag").to_owned();
    let part = |range: &str, more: &[&str]| {
        let range = format!("Range: {range}");
        owner.curl(&path, &[&["-H", range.as_str()], more].concat())
    };
    let length = file.len();
    for (range, first, end) in [
        ("bytes=0-0".to_owned(), 0, 1),
        ("bytes=16384-".to_owned(), 16_384, length),
        ("bytes=100000-299999".to_owned(), 100_000, 300_000),
        ("bytes=-1000".to_owned(), length - 1_000, length),
        (format!("bytes={}-{}", length - 1, length + 50), length - 1, length),
    ] {
        let answer = part(&range, &[]);
        assert!(answer.status == 206 && answer.body == file[first..end], "{range}");
        assert_eq!(answer.header("content-range"), format!("bytes {first}-{}/{length}", end - 1));
    }
    let beyond = part(&format!("bytes={length}-"), &[]);
    assert_eq!((beyond.status, beyond.header("content-range")), (416, format!("bytes */{length}").as_str()));
    assert_eq!(part("bytes=0-0,5-9", &[]).status, 200);
    assert_eq!(part("bytes=0-9", &["-H", &format!("If-Range: {tag}")]).status, 206);
    assert_eq!(part("bytes=0-9", &["-H", "If-Range: \"another\""]).body, file);
    assert_eq!(owner.curl(&path, &["-H", &format!("If-None-Match: {tag}")]).status, 304);
    let head = owner.curl(&path, &["-I"]);
    assert_eq!((head.status, head.header("content-length")), (200, length.to_string().as_str()));
    let saved = owner.get(&format!("{path}?download=1"));
    assert!(
        saved.header("content-disposition").contains("filename*=UTF-8''"),
        "{}",
        saved.header("content-disposition")
    );
    for wrong in [
        "/takes/../web_password",
        "/takes/x/../web_password",
        "/takes/%2e%2e/web_password",
        "/takes/..%2fweb_password",
        "/takes/./web_password",
        "/takes//web_password",
        "/takes/web_password",
        "/takes/web_password.zip",
        "/takes/.zip",
        "/takes/scenes/x",
        "/takes/%00/a",
        "/etc/passwd",
        "//etc/passwd",
        "/%2fetc/passwd",
    ] {
        assert_eq!(owner.get(wrong).status, 404, "{wrong}");
    }
    for wrong in ["..%2f..%2fweb_password", "..", "take.json.tmp", "gone.wav", "01_F%C3%BChrung.wav/x", "%"] {
        assert_eq!(owner.get(&format!("/takes/{}/{wrong}", name(&take))).status, 404, "{wrong}");
    }
    assert_eq!(site.gaps(), 0);
}

/// Names and contents, as Python's own module takes them out, and `unzip` finds no fault either.
fn unpacked(dir: &std::path::Path, zip: &[u8]) -> PathBuf {
    let (file, out) = (dir.join("take.zip"), dir.join("out"));
    std::fs::write(&file, zip).unwrap();
    let _ = std::fs::remove_dir_all(&out);
    let script = "import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\nz.extractall(sys.argv[2])";
    let python = Command::new("python3").args(["-c", script]).args([&file, &out]).output().unwrap();
    assert!(python.status.success(), "{}", String::from_utf8_lossy(&python.stderr));
    let unzip = Command::new("unzip").arg("-tq").arg(&file).output().unwrap();
    assert!(unzip.status.success(), "{}", String::from_utf8_lossy(&unzip.stdout));
    out
}

#[test]
fn a_take_comes_as_one_archive_also_while_it_is_recorded() {
    let dir = tempfile::tempdir().unwrap();
    let (site, owner, take) = recorded(dir.path());
    let zip = owner.get(&format!("/takes/{}.zip", name(&take)));
    assert_eq!((zip.status, zip.header("content-type")), (200, "application/zip"));
    assert_eq!(zip.header("content-length"), zip.body.len().to_string());
    let out = unpacked(dir.path(), &zip.body).join(name(&take));
    for file in take.read_dir().unwrap().map(|file| file.unwrap().path()) {
        assert!(
            std::fs::read(out.join(name(&file))).unwrap() == std::fs::read(&file).unwrap(),
            "{}",
            file.display()
        );
    }
    assert_eq!(out.read_dir().unwrap().count(), take.read_dir().unwrap().count());

    let running = owner.get("/api/takes").json()[0]["name"].as_str().unwrap().to_owned();
    let is_wave = |file: &std::path::PathBuf| file.extension().is_some_and(|end| end == "wav");
    let out = eventually("sound in every file", || {
        let zip = owner.get(&format!("/takes/{running}.zip"));
        let out = (zip.status == 200).then(|| unpacked(dir.path(), &zip.body).join(&running))?;
        let files = out.read_dir().ok()?.map(|file| file.unwrap().path());
        (files.filter(is_wave).count() == 3).then_some(out)
    });
    let mut waves = 0;
    for file in out.read_dir().unwrap().map(|file| file.unwrap().path()) {
        if is_wave(&file) {
            let reader = hound::WavReader::open(&file).unwrap();
            let (frames, channels) = (reader.duration(), reader.spec().channels);
            let samples = reader.into_samples::<i32>().collect::<Result<Vec<_>, _>>();
            assert_eq!(
                samples.unwrap().len(),
                frames as usize * usize::from(channels),
                "no more than the header says"
            );
            assert_eq!(file.metadata().unwrap().len(), 16_384 + u64::from(frames) * u64::from(channels) * 3);
            waves += 1;
        }
    }
    assert_eq!(waves, 3);
    assert_eq!(owner.get("/takes/2001-01-01_000000_0001.zip").status, 404);
    assert_eq!(site.gaps(), 0);
}

#[test]
fn the_picture_of_a_file_is_that_of_its_samples() {
    let dir = tempfile::tempdir().unwrap();
    let (site, owner, take) = recorded(dir.path());
    for (file, encoded) in [("01_Führung.wav", "01_F%C3%BChrung.wav"), ("Mix.wav", "Mix.wav")] {
        let mut reader = hound::WavReader::open(take.join(file)).unwrap();
        let channels = usize::from(reader.spec().channels);
        let samples: Vec<i32> = reader.samples::<i32>().map(Result::unwrap).collect();
        let frames = samples.len() / channels;
        let path = format!("/api/takes/{}/overview/{encoded}?points=50", name(&take));
        let picture = owner.get(&path).json();
        let points = picture["points"].as_array().unwrap();
        assert_eq!(points.len(), 50);
        for (at, point) in points.iter().enumerate() {
            let part = &samples[at * frames / 50 * channels..(at + 1) * frames / 50 * channels];
            let near = |value: &Value, right: i32| {
                let (value, right) = (value.as_f64().unwrap(), f64::from(right) / f64::from(1 << 23));
                assert!((value - right).abs() <= 0.000_6, "{file} {at}: {value}, not {right}");
            };
            near(&point[0], *part.iter().min().unwrap());
            near(&point[1], *part.iter().max().unwrap());
        }
        assert_eq!(owner.get(&path).json(), picture, "and again as it is remembered");
    }
    let picture = |rest: &str| owner.get(&format!("/api/takes/{}/overview/{rest}", name(&take)));
    assert_eq!(picture("Mix.wav").json()["points"].as_array().unwrap().len(), 800);
    assert_eq!((picture("Mix.wav?points=0").status, picture("Mix.wav?points=x").status), (400, 400));
    assert_eq!((picture("take.json").status, picture("gone.wav").status), (422, 404));
    assert_eq!(site.gaps(), 0);
}
