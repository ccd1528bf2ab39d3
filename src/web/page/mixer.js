// The console: what is heard, and how loud. Ranges are those of the box's commands.
import { $, db, el, rows } from "./dom.js";
import { fader, toggle } from "./control.js";

const pan = (value) => {
  const share = Math.round(Math.abs(value) * 100);
  return share === 0 ? "middle" : `${share} % ${value < 0 ? "left" : "right"}`;
};
const level = (value) => `${db(value)} dB`;
const MIX = { min: -60, max: 12, step: 0.5, home: 0, low: -96, show: level };
const GAIN = { min: -60, max: 24, step: 0.5, home: 0, low: -96, show: level };

function strip(item, at) {
  const input = at + 1;
  const parts = {
    mix: fader({ ...MIX, name: `Mix level of ${item.name}`, label: "Mix", wish: (value) => ({ command: "mix", input, db: value }) }),
    gain: fader({ ...GAIN, name: `Gain of ${item.name}`, label: "Gain", wish: (value) => ({ command: "gain", input, db: value }) }),
    pan: fader({ name: `Pan of ${item.name}`, label: "Pan", min: -1, max: 1, step: 0.05, home: 0, show: pan,
      wish: (value) => ({ command: "pan", input, pan: value }) }),
    mute: toggle({ name: `Mute ${item.name}`, label: "Mute", class: "mute", wish: (on) => ({ command: "mute", input, on }) }),
    solo: toggle({ name: `Solo ${item.name}`, label: "Solo", class: "solo", wish: (on) => ({ command: "solo", input, on }) }),
  };
  const head = el("div", { class: "head" }, el("h3", {}, `${input} ${item.name}`), parts.mute.node, parts.solo.node);
  const node = el("div", { class: "strip", role: "group", "aria-label": `Input ${input} ${item.name}` },
    head, parts.mix.node, parts.gain.node, parts.pan.node);
  node.parts = parts;
  return node;
}

function update(node, item) {
  const { mix, gain, pan, mute, solo } = node.parts;
  mix.update(item.mix_db);
  gain.update(item.gain_db);
  pan.update(item.pan);
  mute.update(item.mute);
  solo.update(item.solo);
  node.classList.toggle("muted", item.mute);
}

function output(at) {
  const gain = fader({ ...GAIN, name: `Level of output ${at + 1}`, label: `Output ${at + 1}`,
    wish: (value) => ({ command: "output_gain", output: at + 1, db: value }) });
  const node = el("div", { class: "strip" }, gain.node);
  node.gain = gain;
  return node;
}

function main() {
  const mix = fader({ ...MIX, name: "Level of the main mix", label: "Main", wish: (value) => ({ command: "mix_level", db: value }) });
  const mute = toggle({ name: "Mute the monitor", label: "Mute monitor", class: "mute", wish: (on) => ({ command: "monitor_mute", on }) });
  $("main_mix").replaceChildren(el("div", { class: "strip main" }, mix.node, mute.node));
  return { mix, mute };
}

let whole;
export function state(report) {
  whole ??= main();
  whole.mix.update(report.mix.level_db);
  whole.mute.update(report.monitor_mute);
  rows($("strips"), report.inputs, (item, at) => `${at} ${item.name}`, strip, update);
  rows($("outputs"), report.outputs, (_, at) => at, (_, at) => output(at), (node, item) => node.gain.update(item.gain_db));
}
