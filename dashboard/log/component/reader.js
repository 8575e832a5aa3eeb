// The chosen line and its pairs: fetched, computed, judged, removed.

import { clamp, Recent } from "./parts.js";
import { codeOf, isAbort } from "./transport.js";

const ASK_PAUSE = 60; // milliseconds on a line before it is asked for: held keys pass many
const WHY_PAUSE = 400; // before effects are computed
const KEPT_LINES = 60; // details of lines

export class Reader {
  constructor(app) {
    this.app = app;
    this.details = new Recent(KEPT_LINES);
    this.whys = new Recent(KEPT_LINES);
    this.trail = [];
    this.control = new AbortController();
  }

  get state() {
    return this.app.store.state;
  }

  // The pairs of the chosen line that are shown, what it read first: [{side, event, ...}].
  pairs() {
    const { detail, later } = this.state;
    if (!detail) {
      return [];
    }
    const shown = (pairs, side) => pairs.filter((pair) => later || !pair.later).map((pair) => ({ ...pair, side }));
    return [...shown(detail.reads, "read"), ...shown(detail.readBy, "readby")];
  }

  // The chosen pair, or null.
  pair() {
    const { partner } = this.state;
    return partner === null ? null : (this.pairs().find((pair) => pair.event === partner.event && pair.side === partner.side) ?? null);
  }

  // What an event is to the chosen line: "read", "readby" or "".
  roleOf(event) {
    const { detail, partner } = this.state;
    if (!detail) {
      return "";
    }
    if (this.rolesOf !== detail || this.rolesLater !== this.state.later) {
      this.rolesOf = detail;
      this.rolesLater = this.state.later;
      this.roles = new Map(this.pairs().map((pair) => [pair.event, pair.side]).reverse());
    }
    const role = this.roles.get(event) ?? "";
    return role && partner?.event === event ? `${role} partner` : role;
  }

  // {before, after} of the probability without a pair, or null while nobody has computed it.
  effectOf(pair) {
    const { why } = this.state;
    return (pair.side === "read" ? why?.effects[pair.event] : null) ?? pair.effect ?? null;
  }

  // Choose a line. `remember`: Backspace comes back to the line before; `partner`: the pair to choose with it.
  choose(event, { remember = false, partner = null, reveal = true } = {}) {
    const wanted = clamp(event, 0, this.app.data.n - 1);
    const before = this.state.chosen;
    if (remember && before !== null && before !== wanted) {
      this.trail = [...this.trail.slice(-99), before];
    }
    if (wanted !== before || !this.state.detail) {
      this.control.abort();
      this.control = new AbortController();
      clearTimeout(this.timer);
      this.goesOn = false;
      const detail = this.details.get(wanted) ?? null;
      const why = this.whys.get(wanted) ?? null;
      this.app.store.set({ chosen: wanted, detail, detailState: detail ? "" : "coming", why, whyState: "", partner, without: null });
      const quick = performance.now() - (this.chosenAt ?? 0) < 2 * ASK_PAUSE;
      this.chosenAt = performance.now();
      this.timer = setTimeout(() => this.fetch(wanted), detail || !quick ? 0 : ASK_PAUSE);
    } else if (partner) {
      this.app.store.set({ partner, without: null });
    }
    if (reveal) {
      this.app.grid.reveal(wanted);
    }
  }

  async fetch(event) {
    const { signal } = this.control;
    if (this.app.data.waiting) {
      // No pairs yet.
      this.app.store.set({ detailState: "" });
      return;
    }
    try {
      const detail = this.details.get(event) ?? (await this.app.transport.line(event, signal));
      this.details.set(event, detail);
      if (signal.aborted) {
        return;
      }
      this.app.store.set({ detail, detailState: "" });
      if (this.goesOn) {
        this.app.walk.toCause();
      } else if (detail.reads.length && !this.state.why) {
        this.timer = setTimeout(() => this.fetchWhy(event), WHY_PAUSE);
      }
    } catch (error) {
      if (!isAbort(error)) {
        this.app.store.set({ detailState: codeOf(error) });
      }
    }
  }

  async fetchWhy(event) {
    const { signal } = this.control;
    this.app.store.set({ whyState: "coming" });
    try {
      const why = await this.app.transport.why(event, signal);
      this.whys.set(event, why);
      if (!signal.aborted) {
        this.app.store.set({ why, whyState: "" });
      }
    } catch (error) {
      if (!isAbort(error) && !signal.aborted) {
        this.app.store.set({ whyState: codeOf(error) });
      }
    }
  }

  retry() {
    if (this.state.detailState) {
      this.app.store.set({ detailState: "coming" });
      this.fetch(this.state.chosen);
    } else {
      this.fetchWhy(this.state.chosen);
    }
  }

  // The new verdict without the chosen pair.
  async remove() {
    const pair = this.pair();
    const { signal } = this.control;
    const [event, key] = pair.side === "read" ? [this.state.chosen, pair.event] : [pair.event, this.state.chosen];
    this.app.store.set({ without: { partner: this.state.partner, state: "coming" } });
    const { partner } = this.state;
    let without;
    try {
      without = { partner, state: "", ...(await this.app.transport.without(event, key, signal)) };
    } catch (error) {
      if (isAbort(error)) {
        return;
      }
      without = { partner, state: codeOf(error) };
    }
    if (this.state.partner === partner) {
      this.app.store.set({ without });
    }
  }

  choosePair({ event, side }) {
    this.app.store.set({ partner: { event, side }, without: null });
  }

  mark(value) {
    const pair = this.pair();
    if (!pair?.strongest || !this.app.data.mayMark) {
      return;
    }
    const { layer, head } = pair.strongest;
    const [query, key] = pair.side === "read" ? [this.state.chosen, pair.event] : [pair.event, this.state.chosen];
    this.app.setMark(`${layer}-${head}-${query}-${key}`, { layer, head, query, key, mark: value });
  }

  markOf(pair) {
    const { layer, head } = pair.strongest ?? {};
    const [query, key] = pair.side === "read" ? [this.state.chosen, pair.event] : [pair.event, this.state.chosen];
    return this.state.marks[`${layer}-${head}-${query}-${key}`] ?? "";
  }

  // One step out of what is open. Returns whether there was anything.
  clear() {
    const { store, search } = this.app;
    if (this.state.partner) {
      store.set({ partner: null, without: null });
    } else if (this.state.find) {
      search.set({ find: "" });
    } else if (this.state.chosen !== null) {
      this.control.abort();
      clearTimeout(this.timer);
      store.set({ chosen: null, detail: null, detailState: "", why: null, whyState: "" });
    } else {
      return false;
    }
    return true;
  }

  close() {
    this.control.abort();
    clearTimeout(this.timer);
  }
}
