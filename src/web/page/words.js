// What the box tells in short words, as sentences.
import { clock } from "./dom.js";

const CAUSES = {
  xrun: "the sound card overran",
  pool_full: "the medium stood still for too long",
  device_lost: "the sound card was gone",
  suspend: "the system slept",
  write_error: "the medium failed",
};
export const cause = (word) => CAUSES[word] ?? word;

const INPUTS = { ok: "fine", unused: "unused", dead: "dead: no sound at all", stuck: "stuck at one value", clipping: "clipping", hum: "humming" };
export const input = (word) => INPUTS[word] ?? word;

const ORDERS = { unchecked: "not checked", unknown: "unknown", right: "right", realigning: "being put right", realigned: "put right", wrong: "WRONG" };
export const order = (word) => ORDERS[word] ?? word;

const STATES = { recording: "recording now", closed: "complete", recovered: "recovered after a power cut", unreadable: "cannot be read" };
export const takeState = (word) => STATES[word] ?? word;

const DELIVERIES = { waiting: "waits to be delivered", sending: "is being delivered", done: "delivered", failed: "not delivered" };

/** How the delivery of a take stands; nothing where none is wanted. */
export function delivery(report) {
  if (!report) return "";
  const word = DELIVERIES[report.state] ?? report.state;
  if (report.state === "sending") return `${word}: ${Math.round((report.progress ?? 0) * 100)} %`;
  return report.reason ? `${word}: ${report.reason}` : word;
}

const medium = (event) => (event.medium ? ` (${event.medium})` : "");

const EVENTS = {
  take_started: (e) => `Take ${e.take} started`,
  take_closed: (e) => `Take ${e.take} closed with ${e.gaps === 1 ? "1 gap" : `${e.gaps} gaps`}: ${e.reason}`,
  split: (e) => `The take goes on in files of part ${e.part}`,
  marker: (e) => `Marker “${e.label}”`,
  gap: (e) => `${e.frames} frames lost: ${cause(e.cause)}`,
  slow_sync: (e) => `The medium was slow: ${e.ms} ms`,
  fault: (e) => `Fault: ${e.reason}`,
  recovered: (e) => `No fault any more: ${e.state}`,
  repair: (e) => `Take ${e.take} ${e.repaired ? "repaired" : "could not be repaired"}: ${e.note}`,
  take_deleted: (e) => `Take ${e.take} deleted to make room`,
  retention_failed: (e) => `No room could be made: ${e.reason}`,
  protection: (e) => `Take ${e.take} ${e.protected === null ? `unchanged: ${e.note}` : e.protected ? "protected" : "no longer protected"}`,
  clock_set: (e) => `The clock was set by ${e.step_s.toFixed(1)} s`,
  channel_order: (e) => `Order of the channels: ${order(e.order)}${e.reason ? `, ${e.reason}` : ""}`,
  input_health: (e) => `Input ${e.input} ${e.name}: ${input(e.health)}`,
  self_test: (e) => `Self-test ${e.passed ? "passed" : "failed"}`,
  service_started: (e) => `${e.service} begins by the calendar`,
  service_ended: (e) => `${e.service} is over by the calendar`,
  delivery: (e) => `Take ${e.take} ${e.delivered ? "delivered" : `not delivered: ${e.reason}`}`,
};

/** An event as a sentence; one that is not known here by its name. */
export function event(report) {
  const told = EVENTS[report.event_type];
  return told ? told(report) + medium(report) : report.event_type.replaceAll("_", " ");
}

/** The time of day of seconds since 1970, as this browser's owner reads it. */
export const time = (seconds) => new Date(seconds * 1000).toLocaleTimeString();

/** A take's name as date and time; the name itself where it is another. */
export function takeDate(name) {
  const parts = /^(\d{4})-(\d\d)-(\d\d)_(\d\d)(\d\d)(\d\d)_(\d+)$/.exec(name);
  if (!parts) return name;
  const [, year, month, day, hour, minute] = parts;
  const date = new Date(year, month - 1, day, hour, minute);
  const words = date.toLocaleDateString(undefined, { weekday: "short", day: "numeric", month: "short", year: "numeric" });
  return `${words}, ${hour}:${minute}`;
}

/** `0:12:03: 1.5 s lost, ...`: where something is missing, and why. */
export function gap(entry) {
  const length = entry.length_s < 0.1 ? `${(entry.length_s * 1000).toFixed(1)} ms` : `${entry.length_s.toFixed(1)} s`;
  return `${clock(entry.at_s)}: ${length} lost, ${cause(entry.cause)}`;
}
