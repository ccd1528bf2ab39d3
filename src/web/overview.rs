//! The picture of a file's sound.
//!
//! Runs on: web.
use super::answer::{self, Answer};
use super::app::{App, aside};
use super::route::Asked;
use serde::Serialize;
use std::sync::Arc;

/// Points of a picture.
const POINTS: std::ops::RangeInclusive<usize> = 1..=4_000;
/// Where none are asked for.
const USUAL: usize = 800;

#[derive(Serialize)]
struct Picture {
    points: Vec<[f32; 2]>,
}

/// `GET /api/takes/NAME/overview/FILE?points=800`.
pub(super) async fn overview(app: &Arc<App>, asked: &Asked, name: &str, file: &str) -> Answer {
    let points = asked.query("points").map_or(Some(USUAL), |points| points.parse().ok());
    let Some(points) = points.filter(|points| POINTS.contains(points)) else {
        let (least, most) = (POINTS.start(), POINTS.end());
        return answer::refused(400, &format!("points must be {least}..{most}"));
    };
    let (shelf, name, file) = (app.shelf.clone(), name.to_owned(), file.to_owned());
    match aside(&app.drawing, move || shelf.overview(&name, &file, points)).await {
        Ok(Ok(Some(points))) => answer::json(&Picture { points }),
        Ok(Ok(None)) => answer::refused(404, "no such file"),
        Ok(Err(reason)) => answer::refused(422, &reason),
        Err(_) => answer::refused(503, "the medium does not answer"),
    }
}
