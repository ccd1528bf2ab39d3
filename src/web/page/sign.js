// Who signs in: with the password, or with the code that the box shows to who stands before it.
import { $, el, say } from "./dom.js";
import { ask, renew, session } from "./net.js";

const SHORTEST = 8;
const LONGEST = 128;

const field = (label, options) => {
  const input = el("input", { required: true, ...options });
  return { input, node: el("label", { class: "field" }, el("span", {}, label), input) };
};

/** A form whose refusal is told in it. `then` comes once the box has let somebody in. */
function form(title, children, submit) {
  const trouble = el("p", { class: "trouble", role: "alert" });
  const made = el("form", { class: "card", "aria-label": title }, el("h2", { tabIndex: -1 }, title), ...children, trouble);
  made.addEventListener("submit", async (event) => {
    event.preventDefault();
    say(trouble, "");
    made.inert = true;
    try {
      await submit();
    } catch (error) {
      say(trouble, error.message);
    } finally {
      made.inert = false;
    }
  });
  made.trouble = trouble;
  return made;
}

/** For what keeps passwords: there is but one account. */
const account = () => el("input", { class: "hidden", name: "username", autocomplete: "username", value: session.box, readOnly: true,
  tabIndex: -1, "aria-hidden": "true" });

function put(made) {
  $("sign").replaceChildren(made);
  (made.querySelector("input:not(.hidden)") ?? made.querySelector("h2")).focus();
}

function password(then) {
  const secret = field("Password", { type: "password", autocomplete: "current-password", maxLength: LONGEST, id: "password" });
  const forgot = el("button", { type: "button", class: "quiet", click: () => code(then) }, "Forgot the password?");
  put(form(`Sign in to ${session.box}`, [account(), secret.node, el("p", { class: "buttons" }, el("button", {}, "Sign in"), forgot)], async () => {
    await ask("/api/sign_in", { password: secret.input.value });
    await entered(then);
  }));
}

/** The first use, or a password that was forgotten: whoever can read the display may choose one. */
function code(then) {
  const title = session.has_password ? "Choose a new password" : `Welcome to ${session.box}`;
  const text = "Who stands before the box may choose the password. Let it show a code: six digits, on its display, for five minutes.";
  const made = form(title, [el("p", {}, text), el("p", { class: "buttons" }, el("button", { id: "show_code" }, "Show the code"), ...back(then))], async () => {
    await ask("/api/code", null, { method: "POST" });
    choose(then);
  });
  put(made);
}

const back = (then) => (session.has_password ? [el("button", { type: "button", class: "quiet", click: () => password(then) }, "Back")] : []);

function choose(then) {
  const digits = field("Code on the display", { id: "code", inputMode: "numeric", autocomplete: "one-time-code", pattern: "[0-9 ]{6,7}", maxLength: 7 });
  const secret = { type: "password", autocomplete: "new-password", minLength: SHORTEST, maxLength: LONGEST };
  const first = field("New password (8 characters at least)", { ...secret, id: "new_password" });
  const second = field("The same again", { ...secret, id: "again" });
  const anew = el("button", { type: "button", class: "quiet", click: () => code(then) }, "Another code");
  const made = form("Choose a password", [account(), digits.node, first.node, second.node, el("p", { class: "buttons" }, el("button", {}, "Set the password"), anew)], async () => {
    if (first.input.value !== second.input.value) throw new Error("The two passwords are not the same.");
    await ask("/api/password", { code: digits.input.value.replaceAll(" ", ""), password: first.input.value });
    await entered(then);
  });
  put(made);
}

async function entered(then) {
  await renew();
  if (!session.signed_in) throw new Error("This browser does not keep the box's cookie.");
  $("sign").replaceChildren();
  then();
}

/** Asks for what the box wants to know. */
export function ask_in(then, why) {
  if (session.has_password) password(then);
  else code(then);
  say($("sign").querySelector(".trouble"), why);
}

export async function out() {
  await ask("/api/sign_out", null, { method: "POST" });
}
