// One take: its tracks to look at, to hear and to take home; its markers, gaps and loudness.
import { $, bytes, clock, el, say, tell } from "./dom.js";
import { act } from "./control.js";
import { ask, command } from "./net.js";
import { delivery, gap, takeDate, takeState } from "./words.js";
import { fill, picture } from "./wave.js";

let open = null;
let abort = null;
let pictures = [];
let delivering = false;
let player = null;
let shownOf = null;

/** Whether takes can be delivered from here. */
export const delivers = (can) => { delivering = can; };

export function leave() {
  abort?.abort();
  abort = null;
  open = null;
  shownOf = null;
  pictures = [];
  player?.pause();
  player = null;
  $("take").replaceChildren();
}

/** Looks again at the open take, if there is one. */
export function changed() {
  if (open) renew();
}

export async function show(name) {
  if (open === name) return;
  leave();
  open = name;
  abort = new AbortController();
  $("take").replaceChildren(el("p", {}, "Reading the take …"));
  await renew();
  $("take").querySelector("h3")?.focus();
}

async function renew() {
  const { signal } = abort;
  try {
    const take = await ask(`/api/takes/${encodeURIComponent(open)}`, undefined, { signal });
    const files = take.tracks.map((track) => track.file).join();
    // While somebody listens, the player stays where it is.
    if (shownOf === files) return facts(take);
    shownOf = files;
    build(take, signal);
  } catch (error) {
    if (error.name === "AbortError") return;
    $("take").replaceChildren(back(), el("p", {}, error.message));
  }
}

const back = () => el("a", { href: "#takes", class: "back" }, "‹ All takes");
const path = (take, file) => `/takes/${encodeURIComponent(take.name)}/${encodeURIComponent(file)}`;

function build(take, signal) {
  player = el("audio", { controls: true, preload: "none", "aria-label": "Player" });
  const now = el("p", { class: "now_playing" }, "Choose a track to listen to.");
  const length = take.length_s ?? 0;
  const play = (track, at = 0) => {
    if (player.dataset.file !== track.file) {
      player.dataset.file = track.file;
      player.src = path(take, track.file);
      say(now, `Plays: ${track.name}`);
    }
    player.currentTime = at;
    player.play().catch((error) => error.name === "AbortError" || tell(`Cannot play ${track.name}: ${error.message}`));
  };
  const go = (at) => play(take.tracks.find((track) => track.file === player.dataset.file) ?? take.tracks[0], at);
  const tracks = take.tracks.map((track) => trackRow(take, track, length, play));
  pictures = tracks;
  player.addEventListener("timeupdate", () => cursor());
  $("take").replaceChildren(back(), el("h3", { tabIndex: -1 }, takeDate(take.name)), el("p", { class: "facts" }), el("p", { class: "buttons" }),
    el("div", { class: "player" }, now, player), el("ul", { class: "plain tracks", "aria-label": "Tracks" }, ...tracks.map((row) => row.node)),
    el("div", { class: "places" }));
  $("take").go = go;
  facts(take);
  for (const row of tracks) row.picture.draw();
  readAll(take, tracks, signal);
}

/** One after the other: the box has a take to record meanwhile. */
async function readAll(take, tracks, signal) {
  try {
    for (const { picture, track } of tracks) await fill(picture, take.name, track, signal);
  } catch (error) {
    if (error.name !== "AbortError") throw error;
  }
}

function trackRow(take, track, length, play) {
  const view = picture(track, length, take.markers, take.gap_list, (at) => play(track, at));
  const node = el("li", { class: "track" },
    el("div", { class: "head" }, el("h4", {}, track.name), el("span", { class: "facts" }, bytes(track.bytes)),
      el("button", { type: "button", class: "quiet", "aria-label": `Listen to ${track.name}`, click: () => play(track) }, "Listen"),
      el("a", { class: "button quiet", href: `${path(take, track.file)}?download=1`, "aria-label": `Download ${track.name}`, download: track.file }, "Download")),
    view.canvas);
  return { node, picture: view, track };
}

function cursor() {
  for (const { picture, track } of pictures) {
    const at = player?.dataset.file === track.file ? player.currentTime : null;
    if (picture.at === at) continue;
    picture.at = at;
    picture.draw();
  }
}

/** What may change while the take is open here. */
function facts(take) {
  const gaps = take.gaps === 0 ? "no gaps" : take.gaps === 1 ? "1 gap" : `${take.gaps} gaps`;
  const parts = [take.name, takeState(take.state), take.length_s === null ? "length unknown" : clock(take.length_s), bytes(take.bytes), gaps,
    take.sample_rate ? `${take.sample_rate / 1000} kHz` : null, take.medium,
    take.protected ? "protected: never deleted to make room" : "not protected", delivery(take.delivery)];
  say($("take").querySelector(".facts"), parts.filter(Boolean).join(" · "));
  buttons(take);
  const places = [
    ...list("Markers", take.markers.map((marker) => jump(marker))),
    ...list("Gaps", take.gap_list.map((entry) => el("li", {}, gap(entry)))),
    ...loudness(take),
  ];
  $("take").querySelector(".places").replaceChildren(...places);
}

function buttons(take) {
  const where = $("take").querySelector(".buttons");
  const had = where.contains(document.activeElement) ? document.activeElement.dataset.for : null;
  const protect = el("button", { type: "button", class: "quiet", "data-for": "protect" }, take.protected ? "Unprotect" : "Protect");
  protect.addEventListener("click", () => act(protect, async () => {
    await command({ command: take.protected ? "unprotect" : "protect", take: take.name });
  }));
  const zip = el("a", { class: "button quiet", href: `/takes/${encodeURIComponent(take.name)}.zip`, download: `${take.name}.zip`, "data-for": "zip" },
    "Download all as ZIP");
  const deliver = el("button", { type: "button", class: "quiet", "data-for": "deliver" }, "Deliver now");
  deliver.addEventListener("click", () => act(deliver, () => command({ command: "deliver", take: take.name })));
  where.replaceChildren(protect, zip, ...(delivering && take.state !== "recording" ? [deliver] : []));
  if (had) where.querySelector(`[data-for=${had}]`)?.focus();
}

const list = (title, items) => (items.length ? [el("h4", {}, title), el("ul", { class: "plain" }, ...items)] : []);

function jump(marker) {
  const button = el("button", { type: "button", class: "quiet", "aria-label": `Listen from marker ${marker.label}` }, clock(marker.at_s));
  button.addEventListener("click", () => $("take").go(marker.at_s));
  return el("li", {}, button, ` ${marker.label}`);
}

function loudness(take) {
  const mix = take.loudness?.mix ?? take.loudness;
  const figure = (name, unit) => (typeof mix?.[name] === "number" ? `${mix[name].toFixed(1)} ${unit}` : null);
  const parts = [figure("integrated_lufs", "LUFS"), figure("range_lu", "LU"), figure("true_peak_dbtp", "dBTP")].filter(Boolean);
  return parts.length ? [el("h4", {}, "Loudness of the mix"), el("p", {}, parts.join(" · "))] : [];
}

addEventListener("resize", () => pictures.forEach(({ picture }) => picture.draw()));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => pictures.forEach(({ picture }) => picture.draw()));
