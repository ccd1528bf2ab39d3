// The state, the one thing that must be seen at a glance, in the words of panel and OLED; and the recorder's buttons.
import { $, clock, rough, say, spoken, tell } from "./dom.js";
import { command } from "./net.js";
import { act } from "./control.js";

const WORDS = { "REC": "rec", "NOT REC": "idle", "FAULT": "fault" };
/** A second press ends the take if it comes within this; sooner than the first figure it may be a double click. */
const SECOND_PRESS_MS = [500, 6000];

let report = null;
let health = null;
/** How long the take was, and when. */
let length = null;
let up = false;
let armed = 0;

const may = (button, can) => button.setAttribute("aria-disabled", String(!can));

export function state(now) {
  if (report && now.take !== report.take) length = { name: now.take, s: 0, at: performance.now() };
  const ended = report?.recording && !now.recording;
  report = now;
  if (ended || !now.recording) disarm();
  draw();
}

export function told(now) {
  health = now;
  length = { name: now.take?.name, s: now.take_s, at: performance.now() };
  draw();
}

function seconds() {
  if (!report?.take || !length || length.name !== report.take) return null;
  const running = report.recording && up ? (performance.now() - length.at) / 1000 : 0;
  return length.s + running;
}

/** The state as a sentence. */
function sentence() {
  if (report.state === "REC") return report.take ? `Recording ${report.take}` : "Recording is about to begin";
  if (report.state !== "FAULT") return report.take ? `Not recording. Last take ${report.take}` : "Not recording";
  const still = report.recording ? "a take is still being recorded" : "nothing is being recorded";
  return `Fault: ${report.reason ?? "unknown"} (${still})`;
}

function note() {
  const parts = [];
  if (health) parts.push(`${rough(health.free_hours)} free`);
  if (report.writer !== "ok" && health) {
    parts.push(`medium ${report.writer}: ${health.writer.buffered_s.toFixed(0)} s wait of ${health.writer.pool_s.toFixed(0)}`);
  }
  const gaps = health?.take?.name === report.take ? health.take.gaps : 0;
  if (gaps) parts.push(`${gaps} ${gaps === 1 ? "gap" : "gaps"} in this take`);
  if (report.locked) parts.push("buttons of the box locked");
  return parts.join(" · ");
}

function draw() {
  if (!report) return;
  const kind = WORDS[report.state] ?? "fault";
  $("now").dataset.state = kind;
  $("now").dataset.recording = String(report.recording);
  say($("word"), report.state);
  say($("state"), sentence());
  say($("note"), note());
  may($("record"), !report.recording);
  may($("stop"), report.recording);
  may($("marker"), report.recording);
  document.title = `${report.state} – ${$("box").textContent}`;
  tick();
}

function tick() {
  const passed = seconds();
  const shown = passed === null || !report.recording && report.state === "NOT REC" ? "" : clock(passed);
  say($("time"), shown);
  if (shown) $("time").setAttribute("aria-label", `Length of the take: ${spoken(passed)}`);
  else $("time").removeAttribute("aria-label");
}

/** Whether the box is heard, and for how long it was not. */
export function link(now, silence, why) {
  if (up && !now && length) length = { ...length, s: seconds() ?? length.s, at: performance.now() };
  if (!up && now && length) length.at = performance.now();
  up = now;
  document.body.dataset.link = now ? "up" : "down";
  const since = silence < 2 ? "No connection" : `No connection since ${Math.round(silence)} s`;
  const old = report ? `${since}: what is shown is old` : `${since}. Looking for the box …`;
  const text = why ? `${old} (${why})` : old;
  $("link").hidden = now;
  // The seconds are for eyes: read aloud every second they would drown all else.
  $("link").setAttribute("aria-live", silence < 2 ? "assertive" : "off");
  say($("link"), now ? "" : text);
}

function disarm() {
  armed = 0;
  clearTimeout(disarm.timer);
  $("stop").classList.remove("armed");
  say($("stop"), "Stop");
}

function stop() {
  const since = performance.now() - armed;
  if (armed && since >= SECOND_PRESS_MS[0]) {
    disarm();
    return act($("stop"), () => command({ command: "record", on: false }));
  }
  if (armed) return;
  armed = performance.now();
  $("stop").classList.add("armed");
  say($("stop"), "Press again to end it");
  clearTimeout(disarm.timer);
  disarm.timer = setTimeout(disarm, SECOND_PRESS_MS[1]);
}

async function mark(event) {
  event.preventDefault();
  if ($("marker").getAttribute("aria-disabled") === "true") return;
  const label = $("label").value.trim();
  const done = await act($("marker"), () => command(label ? { command: "marker", label } : { command: "marker" }));
  if (!done) return;
  $("label").value = "";
  tell(label ? `Marker “${label}” set` : "Marker set");
}

const pressed = (id, then) => $(id).addEventListener("click", () => {
  if ($(id).getAttribute("aria-disabled") !== "true") then();
});

export function run() {
  pressed("record", () => act($("record"), () => command({ command: "record", on: true })));
  pressed("stop", stop);
  $("mark").addEventListener("submit", mark);
  setInterval(() => report && tick(), 500);
}
