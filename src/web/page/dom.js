// What the other parts build the page with. Whatever comes from outside goes in as text, never as HTML.

export const $ = (id) => document.getElementById(id);

/** An element with properties, attributes (a name with "-" or "role"), listeners (functions) and children. */
export function el(name, options = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(options)) {
    if (value === undefined || value === null) continue;
    if (typeof value === "function") made.addEventListener(key, value);
    else if (key.includes("-") || key === "role" || key === "for") made.setAttribute(key, value);
    else if (key === "class") made.className = value;
    else made[key] = value;
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** Sets text only where it changes, so that a screen reader is told of changes alone. */
export function say(where, text) {
  if (where.textContent !== text) where.textContent = text;
}

/** Tells of what went wrong, or of what was done, for some seconds. */
let telling;
export function tell(text) {
  const told = $("told");
  told.textContent = text;
  told.classList.add("on");
  clearTimeout(telling);
  telling = setTimeout(() => { told.classList.remove("on"); told.textContent = ""; }, 8000);
}

/** Rows of a list by a key: made once, kept where they are, taken out when gone. */
export function rows(where, items, key, make, update) {
  const old = new Map([...where.children].map((row) => [row.dataset.key, row]));
  items.forEach((item, at) => {
    const name = String(key(item, at));
    let row = old.get(name);
    old.delete(name);
    if (!row) {
      row = make(item, at);
      row.dataset.key = name;
    }
    if (where.children[at] !== row) where.insertBefore(row, where.children[at] ?? null);
    update?.(row, item, at);
  });
  for (const row of old.values()) row.remove();
}

/** `h:mm:ss`, as on the box. */
export function clock(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  const two = (n) => String(n).padStart(2, "0");
  return `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
}

/** `1:02:03` in words, for who listens. */
export function spoken(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  const parts = [[Math.floor(s / 3600), "hours"], [Math.floor(s / 60) % 60, "minutes"], [s % 60, "seconds"]];
  return parts.filter(([n], at) => n || at === 2).map(([n, unit]) => `${n} ${n === 1 ? unit.slice(0, -1) : unit}`).join(" ");
}

/** Decimal, as cards are sold. */
export function bytes(count) {
  if (count >= 1e9) return `${(count / 1e9).toFixed(1)} GB`;
  return count >= 1e6 ? `${(count / 1e6).toFixed(1)} MB` : `${Math.ceil(count / 1e3)} kB`;
}

/** A level with one decimal and a true minus. */
export function db(value, low = -96) {
  if (value === null || value === undefined || value <= low) return "−∞";
  return `${value > 0.05 ? "+" : value < -0.05 ? "−" : ""}${Math.abs(value).toFixed(1)}`;
}

/** `37 h 40 min`. */
export function rough(hours) {
  if (hours === null || hours === undefined) return "unknown";
  const minutes = Math.floor(hours * 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}
