// Faders and switches: what a person holds is not moved by others, and the box gets at most 20 changes a second of each.
import { el, say, tell } from "./dom.js";
import { command } from "./net.js";

const EVERY_MS = 50;
/** So long what was sent is awaited in the state before the state counts again. */
const ECHO_MS = 1500;

/** Sends the newest value of one thing, one at a time. */
class Sender {
  constructor(wish, done) {
    this.wish = wish;
    this.done = done;
    this.due = 0;
  }

  send(value) {
    this.next = { value };
    if (!this.busy) this.run();
  }

  async run() {
    this.busy = true;
    while (this.next) {
      await new Promise((then) => setTimeout(then, Math.max(0, this.due - performance.now())));
      const { value } = this.next;
      this.next = null;
      this.due = performance.now() + EVERY_MS;
      try {
        await command(this.wish(value));
      } catch (error) {
        tell(error.message);
        this.next = null;
        this.failed = true;
      }
    }
    this.busy = false;
    this.done(this.failed);
    this.failed = false;
  }
}

/**
 * A slider. `name` is what a screen reader says, `label` what stands before it; `show(value)` is its text,
 * `wish(value)` its command. A double click brings back `home`.
 */
export function fader({ name, label, min, max, step, home, show, wish, low }) {
  const text = el("output", { "aria-hidden": "true" });
  const slider = el("input", { type: "range", min, max, step, "aria-label": name });
  const node = el("label", { class: "fader" }, el("span", { "aria-hidden": "true" }, label), slider, text);
  let held = false;
  let state = null;
  let sent = null;
  let until = 0;
  // The lowest place of a level means off, however much lower the box can go.
  const value = () => (low !== undefined && Number(slider.value) <= min ? low : Number(slider.value));
  const put = (now) => { say(text, show(now)); slider.setAttribute("aria-valuetext", show(now)); };
  const settle = () => {
    if (held || sender.busy || state === null) return;
    if (sent !== null && performance.now() < until && Math.abs(state - sent) > 0.01) {
      clearTimeout(settle.later);
      settle.later = setTimeout(settle, until - performance.now() + 10);
      return;
    }
    sent = null;
    slider.value = state;
    put(state);
  };
  const sender = new Sender(wish, (failed) => {
    until = failed ? 0 : performance.now() + ECHO_MS;
    settle();
  });
  const move = () => { sent = value(); put(sent); sender.send(sent); };
  const hold = () => { held = true; };
  const release = () => { if (held) { held = false; settle(); } };
  slider.addEventListener("pointerdown", hold);
  for (const name of ["pointerup", "pointercancel", "lostpointercapture", "blur"]) slider.addEventListener(name, release);
  slider.addEventListener("input", move);
  slider.addEventListener("dblclick", () => { slider.value = home; move(); });
  return { node, slider, update(now) { state = now; settle(); } };
}

/** A switch that shows what the box says, not what was asked for. */
export function toggle({ name, label, wish, class: kind = "" }) {
  const node = el("button", { type: "button", class: `toggle ${kind}`, "aria-label": name, "aria-pressed": "false" }, label);
  node.addEventListener("click", () => act(node, () => command(wish(node.getAttribute("aria-pressed") !== "true"))));
  return { node, update(on) { node.setAttribute("aria-pressed", String(on)); } };
}

/** Does what a button is for, once at a time; what is refused is told. */
export async function act(button, what) {
  if (button.getAttribute("aria-busy") === "true") return false;
  button.setAttribute("aria-busy", "true");
  try {
    await what();
    return true;
  } catch (error) {
    tell(error.message);
    return false;
  } finally {
    button.removeAttribute("aria-busy");
  }
}
