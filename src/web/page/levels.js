// The meters. They move as those of the panel: up at once, down 20 dB in 1.7 s (IEC 60268-10), the highest peak held for 1.5 s.
import { $, db, el, rows, say } from "./dom.js";

const LOW_DB = -60;
const FLOOR_DB = -120;
const FALL_DB_PER_S = 20 / 1.7;
const HOLD_MS = 1500;
/** After so long without a message nothing is known of levels. */
const OLD_MS = 2000;
const SPEAK_MS = 1000;

const calm = matchMedia("(prefers-reduced-motion: reduce)");
const place = (level) => Math.min(1, Math.max(0, 1 - level / LOW_DB));
const needles = [];
let last = 0;
let heard = -Infinity;
let spoken = 0;
let clips = [];

function meter(name, number) {
  const cover = el("i", { class: "cover" });
  const rms = el("i", { class: "rms" });
  const hold = el("i", { class: "hold" });
  const bar = el("div", { class: "bar", role: "meter", "aria-label": `Level of ${name}`, "aria-valuemin": LOW_DB,
    "aria-valuemax": 0, "aria-valuenow": LOW_DB }, cover, rms, hold);
  const text = el("span", { class: "level" }, "−∞");
  const clip = el("span", { class: "clip" });
  const row = el("div", { class: "meter" }, el("span", { class: "name" }, number ? `${number} ${name}` : name), bar, text, clip);
  const needle = { row, bar, cover, rms, hold, text, clip, now: FLOOR_DB, rmsNow: FLOOR_DB, top: FLOOR_DB, since: 0, at: FLOOR_DB };
  row.needle = needle;
  return row;
}

/** Rows for the inputs of the state, and the two sides of the mix. */
export function state(report) {
  clips = report.inputs.map((input) => input.clipped);
  const names = report.inputs.map((input, at) => ({ name: input.name, number: at + 1 }));
  const all = [...names, { name: "Mix left" }, { name: "Mix right" }];
  rows($("meters"), all, (item) => `${item.number ?? ""} ${item.name}`, (item) => meter(item.name, item.number));
  needles.length = 0;
  for (const row of $("meters").children) needles.push(row.needle);
  needles.forEach((needle, at) => {
    const clipped = Boolean(clips[at]);
    needle.row.classList.toggle("clipped", clipped);
    say(needle.clip, clipped ? "CLIP" : "");
  });
}

export function meters(report) {
  heard = performance.now();
  const peaks = [...report.peak_db, ...report.mix_peak_db];
  needles.forEach((needle, at) => {
    needle.at = Math.max(needle.at, peaks[at] ?? FLOOR_DB);
    needle.rmsNow = report.rms_db[at] ?? FLOOR_DB;
  });
}

function step(needle, now, passed) {
  needle.now = Math.max(needle.at, needle.now - FALL_DB_PER_S * passed, FLOOR_DB);
  needle.at = FLOOR_DB;
  if (needle.now >= needle.top || now - needle.since > HOLD_MS) {
    needle.top = needle.now;
    needle.since = now;
  }
}

function show(needle) {
  needle.cover.style.transform = `scaleX(${1 - place(needle.now)})`;
  needle.rms.style.transform = `scaleX(${place(needle.rmsNow)})`;
  needle.hold.style.transform = `translateX(${place(needle.top) * 100}%)`;
  needle.hold.hidden = needle.top <= LOW_DB;
}

/** Figures are told once a second: faster nobody reads them. */
function speak(needle, at, old) {
  const level = old ? null : needle.top;
  say(needle.text, old ? "?" : db(level, -99));
  needle.bar.setAttribute("aria-valuenow", Math.round(Math.max(LOW_DB, level ?? LOW_DB)));
  const words = old ? "unknown" : level <= LOW_DB ? "silent" : `${Math.round(level)} dBFS`;
  needle.bar.setAttribute("aria-valuetext", clips[at] ? `${words}, clipped` : words);
}

function frame(now) {
  requestAnimationFrame(frame);
  // Who wants little motion gets four steps a second.
  if (calm.matches && now - last < 250) return;
  const passed = Math.min(1, (now - last) / 1000);
  last = now;
  const old = performance.now() - heard > OLD_MS;
  $("meters").classList.toggle("old", old);
  for (const needle of needles) {
    step(needle, now, passed);
    show(needle);
  }
  if (now - spoken < SPEAK_MS) return;
  spoken = now;
  needles.forEach((needle, at) => speak(needle, at, old));
}

export const run = () => requestAnimationFrame(frame);
