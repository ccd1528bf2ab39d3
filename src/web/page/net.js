// The box: its session, its commands and what it tells. A connection that is lost is sought again, ever more slowly.

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8000;
/** The box sends something every 10 s. */
const SILENCE_MS = 13000;

export const session = { box: "Vestry", version: "", has_password: false, signed_in: false, token: null };

/** A refusal by the box, with its reason. */
export class Refused extends Error {
  constructor(status, reason) {
    super(reason);
    this.status = status;
  }
}

let signedOut = () => {};
/** Calls `then` when the box no longer knows this browser. */
export const onSignedOut = (then) => { signedOut = then; };

async function reason(response) {
  const body = await response.json().catch(() => ({}));
  if (body.reason) return body.reason;
  if (response.status === 429) return `Too many attempts. Try again in ${response.headers.get("Retry-After") ?? "some"} seconds.`;
  return `The box answered ${response.status}.`;
}

/** Asks the box; its JSON, or null where it has nothing to say. */
export async function ask(path, body, { method = body === undefined ? "GET" : "POST", signal } = {}) {
  const headers = {};
  if (method !== "GET" && session.token) headers["X-Vestry-Token"] = session.token;
  if (body !== undefined && body !== null) headers["Content-Type"] = "application/json";
  const content = body === undefined || body === null ? undefined : JSON.stringify(body);
  let response;
  try {
    response = await fetch(path, { method, headers, body: content, signal, cache: "no-store", credentials: "same-origin" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused(0, "The box cannot be reached.");
  }
  if (response.status === 401 && session.signed_in) signedOut();
  if (!response.ok) throw new Refused(response.status, await reason(response));
  const text = await response.text();
  return text ? JSON.parse(text) : null;
}

export async function renew() {
  Object.assign(session, await ask("/api/session"));
  return session;
}

/** One command, or a list of such that are applied together. */
export const command = (wish) => ask("/api/command", wish);

/** What the box tells, until `stop` is called: `on[event](data)`, `link(state)` when the connection comes or goes. */
export class Live {
  constructor(on, link) {
    this.on = on;
    this.link = link;
    this.wait = FIRST_WAIT_MS;
    this.heard = performance.now();
    this.up = false;
  }

  start() {
    this.stopped = false;
    this.connect();
    this.watch = setInterval(() => this.look(), 1000);
    this.wake = () => { if (!this.up && !document.hidden) this.again(0); };
    addEventListener("online", this.wake);
    document.addEventListener("visibilitychange", this.wake);
  }

  stop() {
    this.stopped = true;
    clearInterval(this.watch);
    clearTimeout(this.later);
    this.abort?.abort();
    removeEventListener("online", this.wake);
    document.removeEventListener("visibilitychange", this.wake);
  }

  /** Seconds since anything was heard. */
  silence() {
    return (performance.now() - this.heard) / 1000;
  }

  look() {
    if (this.up && performance.now() - this.heard > SILENCE_MS) {
      this.lost();
      this.again(0);
    }
    this.link(this.up, this.silence(), this.why);
  }

  lost() {
    this.up = false;
    this.abort?.abort();
    if (!this.stopped) this.link(false, this.silence(), this.why);
  }

  again(wait) {
    clearTimeout(this.later);
    this.later = setTimeout(() => this.connect(), wait);
  }

  async connect() {
    this.abort?.abort();
    const abort = this.abort = new AbortController();
    // A box that neither answers nor refuses is one that is away.
    const patience = setTimeout(() => abort.abort(), LONGEST_WAIT_MS);
    try {
      await renew();
      if (this.stopped || abort !== this.abort) return;
      if (!session.signed_in) return signedOut();
      const response = await fetch("/api/live", { signal: abort.signal, cache: "no-store", credentials: "same-origin" });
      if (!response.ok) throw new Refused(response.status, await reason(response));
      clearTimeout(patience);
      await this.read(response.body.getReader());
    } catch (error) {
      if (this.stopped || abort !== this.abort) return;
      // A box that is there and will not have us says why.
      this.why = error.status > 0 ? error.message : "";
    } finally {
      clearTimeout(patience);
    }
    if (this.stopped || abort !== this.abort) return;
    this.lost();
    this.again(this.wait * (0.75 + Math.random() / 2));
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT_MS);
  }

  async read(reader) {
    const decoder = new TextDecoder();
    let text = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      this.heard = performance.now();
      if (!this.up) {
        this.up = true;
        this.why = "";
        this.wait = FIRST_WAIT_MS;
        this.link(true, 0);
      }
      text += decoder.decode(value, { stream: true });
      const whole = text.split("\n\n");
      text = whole.pop();
      whole.forEach((message) => this.message(message));
    }
  }

  message(text) {
    let event = "message";
    const data = [];
    for (const line of text.split("\n")) {
      if (line.startsWith("event:")) event = line.slice(6).trim();
      else if (line.startsWith("data:")) data.push(line.slice(5).trimStart());
    }
    if (data.length === 0) return;
    // A message that this page cannot show must not end the connection to those that it can.
    try {
      this.on[event]?.(JSON.parse(data.join("\n")));
    } catch (error) {
      console.error(event, error);
    }
  }
}
