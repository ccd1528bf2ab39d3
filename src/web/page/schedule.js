// The calendar of services and the level that starts a take. A change sends the whole calendar, as the box replaces it.
import { $, el, say, tell } from "./dom.js";
import { act, toggle } from "./control.js";
import { command } from "./net.js";

const DAYS = [["mon", "Mon"], ["tue", "Tue"], ["wed", "Wed"], ["thu", "Thu"], ["fri", "Fri"], ["sat", "Sat"], ["sun", "Sun"]];
const LONGEST_NAME = 40;
const TRIGGERS = { idle: "waits for sound", above: "hears sound", recording: "records", holding: "hears silence, still records" };

let report = null;
let parts = null;
let drawn = "";

const dayWords = (days) => (days.length === 7 ? "every day" : DAYS.filter(([key]) => days.includes(key)).map(([, word]) => word).join(", "));
const send = (button, entries) => act(button, () => command({ command: "schedule", entries }));
const changed = (at, entry) => report.entries.map((old, place) => (place === at ? entry : old));
const without = (at) => report.entries.filter((_, place) => place !== at);

export function state(whole) {
  report = whole.schedule ?? null;
  $("schedule").hidden = !report;
  $("to_schedule").hidden = !report;
  if (!report) return;
  parts ??= build();
  status();
  const key = JSON.stringify(report.entries);
  if (key !== drawn) list();
  drawn = key;
}

function build() {
  const all = toggle({ name: "Calendar", label: "Calendar", wish: (on) => ({ command: "schedule_enable", on }) });
  const trigger = toggle({ name: "Record when there is sound", label: "Record when there is sound", wish: (on) => ({ command: "trigger", on }) });
  const made = { all, trigger, next: el("p", { "aria-live": "polite" }), trouble: el("p", { class: "trouble" }), listening: el("span", { class: "facts" }),
    list: el("ul", { class: "plain services", "aria-label": "Services" }), form: el("div", {}),
    add: el("button", { type: "button" }, "Add a service") };
  made.add.addEventListener("click", () => edit(-1));
  $("calendar").replaceChildren(el("p", { class: "buttons" }, all.node, trigger.node, made.listening), made.next, made.trouble, made.list, made.add, made.form);
  return made;
}

function status() {
  const { all, trigger, next, trouble, listening } = parts;
  all.node.hidden = report.enabled === undefined;
  all.update(report.enabled ?? true);
  trigger.node.hidden = !report.trigger;
  trigger.update(report.trigger?.on ?? false);
  say(listening, report.trigger?.on ? TRIGGERS[report.trigger.state] ?? report.trigger.state : "");
  // By the clock of the place where the box stands, whatever that of this browser is.
  const style = { weekday: "long", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" };
  const when = (text) => new Date(text.slice(0, 19)).toLocaleString(undefined, style);
  if (report.active) say(next, `Records now: ${report.active.name}, until ${when(report.active.until)}`);
  else say(next, report.next ? `Next: ${report.next.name}, ${when(report.next.start)}` : "Nothing is to come.");
  const clock = report.clock === "unset" ? "The clock of the box is not set: nothing begins by the calendar until it is." : "";
  say(trouble, [report.fault, clock].filter(Boolean).join(" "));
}

/** Draws the services anew; who is at one of their buttons stays there. */
function list() {
  const at = parts.list.contains(document.activeElement) ? document.activeElement.ariaLabel : null;
  parts.list.replaceChildren(...report.entries.map(row));
  [...parts.list.querySelectorAll("[aria-label]")].find((button) => button.ariaLabel === at)?.focus();
}

function row(entry, at) {
  const on = el("input", { type: "checkbox", checked: entry.enabled, "aria-label": `${entry.name} counts` });
  on.addEventListener("change", async () => {
    const done = await send(on, changed(at, { ...entry, enabled: on.checked }));
    if (!done) on.checked = entry.enabled;
  });
  const change = el("button", { type: "button", class: "quiet", "aria-label": `Edit ${entry.name}`, click: () => edit(at) }, "Edit");
  const away = el("button", { type: "button", class: "quiet", "aria-label": `Delete ${entry.name}` }, "Delete");
  away.addEventListener("click", async () => {
    if (!confirm(`Delete “${entry.name}” from the calendar?`)) return;
    if (await send(away, without(at))) parts.add.focus();
  });
  const night = entry.end < entry.start ? " (next day)" : "";
  const when = `${dayWords(entry.days)}, ${entry.start}–${entry.end}${night}${entry.enabled ? "" : " · off"}`;
  return el("li", { class: entry.enabled ? "" : "off" }, on,
    el("div", {}, el("strong", {}, entry.name), el("span", { class: "facts" }, when)),
    change, away);
}

function field(label, options) {
  const input = el("input", options);
  return { input, node: el("label", { class: "field" }, el("span", {}, label), input) };
}

function edit(at) {
  const entry = report.entries[at] ?? { name: "", days: ["sun"], start: "10:00", end: "11:30", enabled: true };
  const before = JSON.stringify(report.entries[at] ?? null);
  const name = field("Name", { value: entry.name, required: true, maxLength: LONGEST_NAME, autocomplete: "off" });
  const start = field("Begins", { type: "time", value: entry.start, required: true });
  const end = field("Ends", { type: "time", value: entry.end, required: true });
  const days = DAYS.map(([key, word]) => ({ key, ...field(word, { type: "checkbox", checked: entry.days.includes(key) }) }));
  const save = el("button", {}, "Save");
  const form = el("form", { class: "edit", "aria-label": at < 0 ? "New service" : `Service ${entry.name}` }, name.node,
    el("fieldset", {}, el("legend", {}, "Days"), ...days.map((day) => day.node)), el("div", { class: "pair" }, start.node, end.node),
    el("p", { class: "buttons" }, save, el("button", { type: "button", class: "quiet", click: () => leave(at) }, "Cancel")));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const chosen = days.filter((day) => day.input.checked).map((day) => day.key);
    if (chosen.length === 0) return tell("Choose a day.");
    // Somebody else may have changed the calendar meanwhile.
    if (JSON.stringify(report.entries[at] ?? null) !== before) { leave(at); return tell("The calendar was changed meanwhile: please look again."); }
    const made = { ...entry, name: name.input.value.trim(), days: chosen, start: start.input.value, end: end.input.value };
    if (await send(save, at < 0 ? [...report.entries, made] : changed(at, made))) leave(at);
  });
  parts.form.replaceChildren(form);
  parts.add.hidden = true;
  name.input.focus();
}

function leave(at) {
  parts.form.replaceChildren();
  parts.add.hidden = false;
  (parts.list.children[at]?.querySelector("button") ?? parts.add).focus();
}
