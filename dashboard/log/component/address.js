// What is chosen and looked for stands in the page's address, so that it can be handed on; the rest of the address stays.

import { NO_FILTER } from "./store.js";

const HOST_PAUSE = 1000; // milliseconds in which the host has written its address
const WRITE_PAUSE = 250; // milliseconds: browsers refuse more than a few changes a second
// What the page around the log calls something else by.
const NAMES = { find: "search", from: "after", to: "before" };
const PARAMETERS = ["line", "with", "find", "regex", "only", "around", "method", ...Object.keys(NO_FILTER)];

export class Address {
  constructor(app) {
    this.app = app;
    app.store.watch((changed) => {
      if (["chosen", "partner", "find", "regex", "only", "around", "method", "filter", "detail", "detailState"].some((name) => changed.has(name))) {
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.write(), WRITE_PAUSE);
      }
    });
  }

  write() {
    const { chosen, partner, detailState } = this.app.store.state;
    const { line, pair, find, regex, only, around, method, filter } = this.state();
    if (chosen !== null && (!line || ((partner ?? this.app.wanted ?? null) !== null && detailState === "coming"))) {
      return; // not before the pair is there: what the address says in between would be followed
    }
    const values = { ...filter, line, with: pair, find, regex: regex && find ? 1 : "", only: only && find ? 1 : "", around: around ? 1 : "", method };
    const address = new URL(window.location.href);
    for (const name of PARAMETERS) {
      address.searchParams.delete(parameter(name));
      if (values[name]) {
        address.searchParams.set(parameter(name), values[name]);
      }
    }
    if (address.href !== window.location.href) {
      try {
        window.history.replaceState(window.history.state, "", address);
      } catch (error) {
        if (error.name !== "SecurityError") {
          throw error;
        }
        // A file that was opened from a disk may not change its address.
      }
    }
  }

  // Write it once more: the host writes the whole address with what it knew before.
  again() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.write(), HOST_PAUSE);
  }

  // What is chosen and looked for, as a page begins with it.
  state() {
    const { chosen, detail, find, regex, only, around, method, filter } = this.app.store.state;
    const line = detail?.line ?? (chosen === null ? null : this.app.blocks.line(chosen)?.line);
    return { line, pair: this.app.reader.pair()?.line, find, regex, only, around, method, filter };
  }

  close() {
    clearTimeout(this.timer);
  }
}

function parameter(name) {
  return NAMES[name] ?? name;
}

// What an address says, where no server has read it.
export function stateOfAddress() {
  const given = new URL(window.location.href).searchParams;
  const number = (name) => (Number(given.get(name)) > 0 ? Number(given.get(name)) : null);
  const filter = Object.fromEntries(Object.keys(NO_FILTER).map((name) => [name, given.get(parameter(name)) ?? ""]));
  const [regex, only, around] = ["regex", "only", "around"].map((name) => given.has(name));
  return { line: number("line"), pair: number("with"), find: given.get(parameter("find")) ?? "", regex, only, around, method: given.get("method") ?? "", filter };
}

// The event of a line as the page names it: lines that were skipped move it, but never beyond the line itself.
export async function eventOfLine(app, line) {
  const known = app.data.incidents.flatMap((one) => [one, ...(one.causes ?? [])]).find((one) => one.line === line);
  if (known) {
    return known.event;
  }
  let event = Math.min(Math.max(0, line - 1), app.data.n - 1);
  for (let tries = 0; tries < 20; tries++) {
    const found = await app.blocks.fetchLine(event);
    const step = line - found.line;
    const next = Math.min(Math.max(0, event + step), app.data.n - 1);
    if (next === event) {
      break;
    }
    event = next;
  }
  return event;
}
