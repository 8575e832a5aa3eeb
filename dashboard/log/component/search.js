// Search and filters: which lines are shown, and which of them are hits.

import { codeOf, isAbort } from "./transport.js";
import { isFiltered, NO_FILTER } from "./store.js";

const TYPE_PAUSE = 250; // milliseconds after the last letter
const AROUND = 3; // lines shown before and after one that fits

export class Search {
  constructor(app) {
    this.app = app;
    this.control = new AbortController();
    this.first = null; // the line at the top of a page that opens where another one was
  }

  // Change what is looked for: {find, regex, only, around, filter: part of a filter}.
  set({ filter, ...change }, pause = 0) {
    const { state } = this.app.store;
    const goes = filter === undefined ? state.filter : { ...state.filter, ...filter };
    this.app.store.set({ ...change, filter: goes });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.run(), pause);
  }

  type(find) {
    this.set({ find }, TYPE_PAUSE);
  }

  clearFilter() {
    this.set({ filter: NO_FILTER, only: false });
  }

  run() {
    this.timer = null;
    this.going = this.look();
    return this.going;
  }

  // Wait for what was typed last; it is looked for at once.
  async settled() {
    if (this.timer) {
      clearTimeout(this.timer);
      this.run();
    }
    await this.going;
  }

  async look() {
    this.control.abort();
    this.control = new AbortController();
    const { signal } = this.control;
    const { find, regex, only, around, filter } = this.app.store.state;
    const filtered = isFiltered(filter);
    if (!find && !filtered) {
      this.show({ shown: null, fitting: null, hits: null, findState: "" });
      return;
    }
    this.app.store.set({ findState: "coming" });
    const { flagged, ...given } = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== ""));
    try {
      const named = flagged ? new Set((await this.app.flagged(signal)).keys()) : null;
      const ask = async (query) => {
        const found = await this.app.transport.find(query, signal);
        return named ? found.filter((event) => named.has(event)) : found;
      };
      const found = find ? await ask({ ...given, q: find, regex: regex ? "1" : "0" }) : null;
      const within = found && only ? found : filtered ? await ask(given) : null;
      this.show({ shown: within && around ? withLinesAround(within, this.app.data.n) : within, fitting: within, hits: found, findState: "" });
    } catch (error) {
      if (!isAbort(error)) {
        this.app.store.set({ findState: codeOf(error), hits: null });
      }
    }
  }

  // Show other lines, with the chosen one, or else the one at the top, where it was.
  show(change) {
    const { state } = this.app.store;
    const { first } = this;
    const keep = first ?? state.chosen ?? this.app.grid.range()[0];
    this.first = null;
    this.app.store.set(change);
    this.app.grid.refresh(keep);
    if (first === null && state.chosen !== null) {
      this.app.grid.reveal(keep);
    }
  }

  close() {
    this.control.abort();
    clearTimeout(this.timer);
  }
}

function withLinesAround(events, n) {
  const all = [];
  for (const event of events) {
    for (let at = Math.max((all.at(-1) ?? -1) + 1, event - AROUND); at <= Math.min(n - 1, event + AROUND); at++) {
      all.push(at);
    }
  }
  return Uint32Array.from(all);
}
