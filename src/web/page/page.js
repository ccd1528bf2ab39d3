// The monitor page: joins its parts to what the box tells.
import { $, say, tell } from "./dom.js";
import { act } from "./control.js";
import { Live, command, onSignedOut, renew, session } from "./net.js";
import * as head from "./head.js";
import * as health from "./health.js";
import * as levels from "./levels.js";
import * as mixer from "./mixer.js";
import * as schedule from "./schedule.js";
import * as sign from "./sign.js";
import * as takes from "./takes.js";

/** Whether the box was seen from within. */
let was = false;
const PARTS = ["levels", "mixer", "takes", "schedule", "health"];

const live = new Live({
  state(report) { was = true; for (const part of [head, levels, mixer, health, schedule, takes]) part.state(report); },
  health(report) { head.told(report); health.told(report); },
  meters: levels.meters,
  event(report) { health.event(report); takes.event(report); },
}, (up, silence, why) => {
  if (up && document.body.dataset.link !== "up") takes.soon();
  head.link(up, silence, why);
});

/** Shows "in", "out" or "wait". */
function view(name) {
  document.body.dataset.view = name;
  $("sign").inert = name !== "out";
}

function enter() {
  say($("box"), session.box);
  view("in");
  route();
  live.start();
}

/** Asks for the password; `why`, if somebody was in. */
function leave(why = "") {
  live.stop();
  session.signed_in = false;
  view("out");
  $("link").hidden = true;
  say($("box"), session.box);
  document.title = session.box;
  sign.ask_in(enter, why);
}

/** The address says which part is shown where there is no room for all, and which take is open. */
function route() {
  const [part, name] = location.hash.slice(1).split("/");
  const shown = PARTS.includes(part) ? part : "levels";
  document.body.dataset.part = shown;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.hash === `#${shown}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  let take = null;
  try { take = name ? decodeURIComponent(name) : null; } catch { /* Somebody typed it: no take is called so. */ }
  if (document.body.dataset.view === "in") takes.open(shown === "takes" ? take : null);
}

async function start() {
  try {
    await renew();
  } catch {
    // The box is away, or starts: it is looked for as when it is lost later on.
    return enter();
  }
  if (session.signed_in) enter();
  else leave();
}

for (const part of [head, health, levels, takes]) part.run();
$("clear").addEventListener("click", () => act($("clear"), () => command({ command: "clear_clips" })));
$("sign_out").addEventListener("click", () => act($("sign_out"), async () => { await sign.out(); leave("Signed out."); }));
addEventListener("hashchange", route);
// What gets the focus, or is gone to, is not to lie under the head of the page.
new ResizeObserver(() => { document.documentElement.style.scrollPaddingTop = `${$("top").offsetHeight + 8}px`; }).observe($("top"));
addEventListener("unhandledrejection", (event) => tell(String(event.reason?.message ?? event.reason)));
onSignedOut(() => {
  // The box forgets who was in when it starts anew.
  if (document.body.dataset.view !== "out") leave(was ? "The box has started anew, or you were out for too long: please sign in again." : "");
});
start();
