// The list of takes, newest first; one of them is opened by its address, #takes/NAME.
import { $, bytes, clock, el, rows, say } from "./dom.js";
import { act } from "./control.js";
import { ask, command } from "./net.js";
import { delivery, takeDate, takeState } from "./words.js";
import * as detail from "./take.js";

const EVERY_MS = 10000;
const SOON_MS = 300;
/** Events that change the list. */
const CHANGES = ["take_started", "take_closed", "split", "marker", "repair", "take_deleted", "protection", "gap", "delivery"];

let later;
let asking = false;
let missed = false;
let asked = 0;
let waiting = "";

function row(take) {
  const link = el("a", { href: `#takes/${encodeURIComponent(take.name)}` },
    el("strong", {}, takeDate(take.name)), el("span", { class: "name" }, take.name));
  return el("li", {}, link, el("span", { class: "facts" }), el("span", { class: "signs" }));
}

function update(row, take) {
  const gaps = take.gaps === 0 ? "no gaps" : take.gaps === 1 ? "1 gap" : `${take.gaps} gaps`;
  const rate = take.sample_rate ? `${take.sample_rate / 1000} kHz` : null;
  const facts = [take.length_s === null ? "length unknown" : clock(take.length_s), bytes(take.bytes), gaps, rate, take.medium];
  say(row.querySelector(".facts"), facts.filter(Boolean).join(" · "));
  const signs = [take.state === "closed" ? "" : takeState(take.state), take.protected ? "protected" : "", delivery(take.delivery)];
  say(row.querySelector(".signs"), signs.filter(Boolean).join(" · "));
  row.classList.toggle("recording", take.state === "recording");
  row.classList.toggle("gaps", take.gaps > 0);
}

/** Asks for the list; what changes meanwhile is asked for once more. */
async function renew() {
  if (asking) { missed = true; return; }
  asking = true;
  asked = performance.now();
  try {
    const takes = await ask("/api/takes");
    let list = $("shelf").querySelector("ul");
    if (!list) $("shelf").replaceChildren(list = el("ul", { class: "shelf", "aria-label": "Takes, newest first" }));
    rows(list, takes, (take) => `${take.medium} ${take.name}`, row, update);
    if (takes.length === 0) $("shelf").replaceChildren(el("p", {}, "There are no takes yet."));
  } catch (error) {
    if (!$("shelf").querySelector("ul")) say($("shelf"), error.message);
  } finally {
    asking = false;
  }
  if (missed) { missed = false; soon(); }
}

export function soon() {
  // What changes all the time, as progress does, puts it off for no longer.
  later ??= setTimeout(() => {
    later = null;
    renew();
    detail.changed();
  }, SOON_MS);
}

export function event(report) {
  if (CHANGES.includes(report.event_type)) soon();
}

export function state(report) {
  const now = report.delivery;
  $("delivery").hidden = !now;
  $("deliver_stop").hidden = !now?.sending;
  if (now) {
    const parts = [`Delivery by ${now.target}: ${now.done} done, ${now.waiting} waiting`];
    if (now.sending) parts.push(`${now.sending.take} ${Math.round(now.sending.progress * 100)} %`);
    if (now.failed.length) parts.push(`${now.failed.length} failed, such as ${now.failed[0].take}: ${now.failed[0].reason}`);
    if (now.fault) parts.push(now.fault);
    say($("delivering"), parts.join(" · "));
  }
  const key = `${report.take} ${report.recording} ${JSON.stringify(now ?? null)}`;
  if (key !== waiting) soon();
  waiting = key;
  detail.delivers(Boolean(now));
}

/** Shows the take that the address names, or the list. */
export function open(name) {
  $("shelf").hidden = Boolean(name);
  $("take").hidden = !name;
  if (name) detail.show(name);
  else detail.leave();
}

export function run() {
  $("deliver_stop").addEventListener("click", () => act($("deliver_stop"), () => command({ command: "deliver_stop" })));
  setInterval(() => {
    const shown = $("takes").offsetParent !== null && !document.hidden && document.body.dataset.link === "up";
    if (shown && performance.now() - asked > EVERY_MS) renew();
  }, 1000);
}
