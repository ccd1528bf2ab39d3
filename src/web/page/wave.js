// The overview of a track: its waveform, with gaps and markers.
import { el } from "./dom.js";
import { ask } from "./net.js";

const POINTS = 800;

/** A picture of a file with places of the take of `length` seconds; a press on it calls `seek` with seconds. */
export function picture(track, length, markers, gaps, seek) {
  const canvas = el("canvas", { role: "img", "aria-label": `Waveform of ${track.name}: being read` });
  const node = { canvas, points: null, at: null };
  node.draw = () => draw(node, length, markers, gaps);
  if (seek) {
    canvas.addEventListener("click", (event) => {
      const box = canvas.getBoundingClientRect();
      seek(length * Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)));
    });
  }
  return node;
}

/** Reads the overview, and draws it. */
export async function fill(node, take, track, signal) {
  const path = `/api/takes/${encodeURIComponent(take)}/overview/${encodeURIComponent(track.file)}?points=${POINTS}`;
  try {
    node.points = (await ask(path, undefined, { signal })).points;
    const most = node.points.reduce((top, [low, high]) => Math.max(top, -low, high), 0);
    const peak = most > 0 ? `highest peak ${(20 * Math.log10(most)).toFixed(0)} dBFS` : "silence";
    node.canvas.setAttribute("aria-label", `Waveform of ${track.name}: ${peak}`);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    node.canvas.setAttribute("aria-label", `Waveform of ${track.name}: ${error.message}`);
  }
  node.draw();
}

function draw({ canvas, points, at }, length, markers, gaps) {
  const scale = devicePixelRatio || 1;
  const width = canvas.width = Math.max(1, Math.round(canvas.clientWidth * scale));
  const height = canvas.height = Math.max(1, Math.round(canvas.clientHeight * scale));
  const style = getComputedStyle(canvas);
  const ink = (name) => style.getPropertyValue(name).trim();
  const pen = canvas.getContext("2d");
  const x = (seconds) => (length > 0 ? (seconds / length) * width : 0);
  pen.fillStyle = ink("--gap");
  for (const gap of gaps) pen.fillRect(x(gap.at_s), 0, Math.max(2 * scale, x(gap.length_s)), height);
  pen.fillStyle = ink("--wave");
  pen.fillRect(0, height / 2, width, scale);
  const step = width / (points?.length || 1);
  (points ?? []).forEach(([low, high], place) => {
    const top = (0.5 - high / 2) * height;
    pen.fillRect(place * step, top, Math.max(step, 1), Math.max(scale, ((high - low) / 2) * height));
  });
  pen.fillStyle = ink("--mark");
  for (const marker of markers) {
    pen.fillRect(x(marker.at_s), 0, 2 * scale, height);
    pen.fillRect(x(marker.at_s), 0, 7 * scale, 5 * scale);
  }
  if (at !== null) {
    pen.fillStyle = ink("--text");
    pen.fillRect(x(at), 0, 2 * scale, height);
  }
}
