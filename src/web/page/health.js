// How the box does, in plain words; what was lost; what happened since this page was opened.
import { $, bytes, clock, el, rough, say } from "./dom.js";
import { act } from "./control.js";
import { ask, command } from "./net.js";
import * as words from "./words.js";

const MOST_EVENTS = 50;
const MOST_GAPS = 20;
let inputs = [];
let ledger = "";

const yes = (value, good, bad) => (value ? good : bad);
const count = (value, one, many = `${one}s`) => `${value} ${value === 1 ? one : many}`;

function medium(report) {
  const state = report.state === "FAULT" ? `FAULT: ${report.reason}` : report.state;
  const light = report.writer.light === "ok" ? "keeps up" : `${report.writer.light}: ${report.writer.buffered_s} s wait of ${report.writer.pool_s}`;
  const lost = report.frames_lost ? `, ${count(report.frames_lost, "frame")} missing` : "";
  const room = `${bytes(report.free_bytes)} free (${rough(report.free_hours)})`;
  return [report.name || "Medium", `${state}, ${room}, ${light}, slowest write ${report.sync_ms[1]} ms${lost}`,
    report.state === "FAULT" || report.writer.light !== "ok" || report.frames_lost > 0];
}

function lost(report) {
  const { xruns, frames, blocks, device_losses, silenced_samples, refused_commands, events } = report.lost;
  return [
    ["Frames lost", count(frames, "frame"), frames > 0],
    ["Card overruns", String(xruns), xruns > 0],
    ["Dropped blocks", blocks ? `${blocks}: a medium stood still for too long` : "0", blocks > 0],
    ["Sound card gone", count(device_losses, "time"), device_losses > 0],
    ["Samples silenced", String(silenced_samples), silenced_samples > 0],
    ["Commands refused", String(report.refused + refused_commands), false],
    ["Events lost", String(events + report.events_dropped), events + report.events_dropped > 0],
  ];
}

function selfTest(report) {
  if (report.passed === null) return [["Self-test", "not yet", false]];
  const when = report.time ? ` at ${words.time(report.time)}` : "";
  const failed = report.checks.map((check) => [`– ${check.name}`, check.reason, !check.passed]);
  return [["Self-test", yes(report.passed, "passed", "FAILED") + when, !report.passed], ...failed];
}

function loudness(report) {
  const mix = report?.mix;
  if (!mix) return [];
  const figure = (value, unit) => (typeof value === "number" ? `${value.toFixed(1)} ${unit}` : `– ${unit}`);
  const missed = report.missed_frames ? `, ${report.missed_frames} frames not measured` : "";
  const [loud, range, peak] = [figure(mix.integrated_lufs, "LUFS"), figure(mix.range_lu, "LU"), figure(mix.true_peak_dbtp, "dBTP")];
  return [["Loudness of the mix", `${loud}, range ${range}, true peak ${peak}${missed}`, false]];
}

const late = ({ p99_us, share, late: count }) =>
  `99 of 100 within ${p99_us.toFixed(0)} µs, ${Math.round(share * 100)} % of the period; ${count} late`;

function machine(report) {
  const realtime = Object.entries(report.realtime).map(([name, text]) => [`System: ${name.replaceAll("_", " ")}`, text, text.startsWith("REFUSED")]);
  const latency = report.latency;
  return [
    ["Running for", clock(report.uptime_s), false],
    ["Version", report.version, false],
    ["Address", report.address ?? "no network", false],
    ["Processor", report.cpu_celsius === null ? "no sensor" : `${report.cpu_celsius.toFixed(0)} °C`, report.cpu_celsius > 80],
    ["Display", report.display === null ? "none configured" : yes(report.display, "answers", "does not answer"), report.display === false],
    ["Longest period", report.worst_period_us === null ? "not measured" : `${report.worst_period_us.toFixed(0)} µs`, false],
    ...(latency ? [["Latency", late(latency), latency.colour === "red"]] : []),
    ...realtime,
  ];
}

function channels(report) {
  const order = [words.order(report.order), report.rotation ? `read ${count(report.rotation, "channel")} further on` : "", report.reason,
    ...report.same.map(([a, b]) => `${a} and ${b} carry the same`)];
  const tone = report.loopback === null ? "" : yes(report.loopback, "loopback tone comes back", "loopback tone does not come back");
  return ["Order of channels", [...order, tone].filter(Boolean).join(", "), report.order === "wrong"];
}

/** Each line is a name, what it is, and whether somebody has to look. */
function lines(report) {
  const ill = report.inputs.map((word, at) => [word, at]).filter(([word]) => word !== "ok" && word !== "unused");
  const sick = ill.map(([word, at]) => [`Input ${at + 1} ${inputs[at] ?? ""}`, words.input(word), true]);
  return [
    ["State", report.reason ? `${report.state}: ${report.reason}` : report.state, report.state === "FAULT"],
    ["Room", `${bytes(report.free_bytes)}, ${rough(report.free_hours)} of recording`, false],
    ...report.media.map(medium),
    ...(sick.length ? sick : [["Inputs", "all fine", false]]),
    channels(report.channels),
    ...lost(report),
    ...selfTest(report.self_test),
    ...loudness(report.loudness),
    ...machine(report),
  ];
}

export function told(report) {
  const list = el("dl", {});
  for (const [name, text, bad] of lines(report)) {
    list.append(el("div", { class: bad ? "bad" : "" }, el("dt", {}, name), el("dd", {}, bad ? `⚠ ${text}` : text)));
  }
  $("figures").replaceChildren(list);
  const key = `${report.take?.name} ${report.take?.gaps}`;
  if (key !== ledger) gaps(report.take, key);
}

export function state(report) {
  inputs = report.inputs.map((input) => input.name);
}

/** The take's own ledger says what is missing, and why. */
async function gaps(take, key) {
  ledger = key;
  if (!take?.name || !take.gaps) return say($("ledger"), take?.name ? "Nothing: the take has no gaps." : "There is no take yet.");
  try {
    const { gap_list: list } = await ask(`/api/takes/${encodeURIComponent(take.name)}`);
    // What was lost just now comes into the ledger with the next sync of the medium.
    if (list.length < take.gaps) ledger = "";
    const items = list.slice(-MOST_GAPS).reverse().map((entry) => el("li", {}, words.gap(entry)));
    $("ledger").replaceChildren(el("p", {}, `${count(list.length, "gap")}, the newest first:`), el("ol", { class: "plain" }, ...items));
  } catch (error) {
    ledger = "";
    say($("ledger"), `${count(take.gaps, "gap")}. ${error.message}`);
  }
}

export function event(report) {
  $("happened").prepend(el("li", {}, el("time", {}, words.time(report.time)), ` ${words.event(report)}`));
  while ($("happened").children.length > MOST_EVENTS) $("happened").lastChild.remove();
}

export function run() {
  $("self_test").addEventListener("click", () => act($("self_test"), () => command({ command: "self_test" })));
}
