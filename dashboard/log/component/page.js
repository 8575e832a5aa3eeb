// The page of one decision's log: its parts put together, and what happens in one told to the others.

import { Address, eventOfLine, stateOfAddress } from "./address.js";
import { Arcs } from "./arcs.js";
import { Bar } from "./bar.js";
import { Blocks } from "./blocks.js";
import { Card } from "./card.js";
import { copyWhole } from "./copy.js";
import { makeColours } from "./colours.js";
import { Grid } from "./grid.js";
import { Incidents } from "./incidents.js";
import { Help, listenToKeys } from "./keys.js";
import { Minimap } from "./minimap.js";
import { Notice } from "./notice.js";
import { Overlay } from "./overlay.js";
import { breaksOf } from "./order.js";
import { make, makeSpeech, short } from "./parts.js";
import { Reader } from "./reader.js";
import { Search } from "./search.js";
import { Seen } from "./seen.js";
import { makeStore, NO_FILTER } from "./store.js";
import { codeOf, failureWord, isAbort, makeTransport } from "./transport.js";
import { makeVerdict } from "./verdict.js";
import { Walk } from "./walk.js";

const TELL_PAUSE = 250; // milliseconds: who holds a key down is told where it ended

export class Page {
  constructor(parent, data, hooks) {
    Object.assign(this, { data, hooks, speech: makeSpeech(data), transport: makeTransport(data) });
    const asked = data.state ?? stateOfAddress();
    this.store = makeStore({
      chosen: null, detail: null, detailState: "", partner: null, why: null, whyState: "", without: null,
      find: asked.find ?? "", regex: Boolean(asked.regex), only: Boolean(asked.only), around: Boolean(asked.around), filter: { ...NO_FILTER, ...asked.filter },
      hits: null, fitting: null, shown: null, findState: "",
      wrap: false, fold: true, later: false, method: this.transport.answers && data.methods.some(({ id }) => id === asked.method) ? asked.method : "", overlay: null, overlayState: "", overview: null, marks: data.marks ?? {},
    });
    this.root = make("div", { class: "sparsemix-log", lang: data.language });
    this.colours = makeColours(this.root);
    this.blocks = new Blocks(this.transport, data.n, data.block, () => this.textsChanged());
    this.reader = new Reader(this);
    this.walk = new Walk(this);
    this.search = new Search(this);
    this.grid = new Grid(this);
    this.incidents = new Incidents(this);
    this.arcs = new Arcs(this);
    this.minimap = new Minimap(this);
    this.overlay = new Overlay(this);
    this.help = new Help(this);
    this.bar = new Bar(this);
    this.card = new Card(this);
    this.address = new Address(this);
    this.live = make("p", { class: "live", role: "status", "aria-live": "polite" });
    this.notice = new Notice(this);
    this.seen = new Seen(this);
    this.verdict = makeVerdict(this);
    const log = make("section", { class: "log", "aria-label": this.speech.say("log") }, this.arcs.canvas, this.grid.element, this.minimap.element, this.notice.element);
    this.frame = make("div", { class: "frame" }, this.verdict, this.incidents.element, this.bar.element, log, this.card.element);
    this.root.append(this.frame, this.live, this.help.element);
    parent.append(this.root);
    this.deaf = listenToKeys(this, this.root);
    copyWhole(this, this.root);
    this.control = new AbortController();
    this.store.watch((changed) => this.changed(changed));
    this.watchTheme();
    this.search.first = asked.top ?? null;
    this.grid.refresh(this.search.first);
    this.start(asked);
  }

  async start({ line, pair }) {
    this.fetchOverview();
    if (this.store.state.find || Object.values(this.store.state.filter).some(Boolean)) {
      this.search.run();
    }
    if (!line) {
      return;
    }
    try {
      const event = await eventOfLine(this, line);
      const other = pair ? await eventOfLine(this, pair) : null;
      if (this.store.state.chosen === null) {
        this.wanted = other;
        this.reader.choose(event);
        this.notice.check(line, event);
      }
    } catch (error) {
      this.announce(this.speech.say(failureWord(codeOf(error))));
    }
  }

  async fetchOverview() {
    try {
      const overview = await this.transport.overview(this.control.signal);
      this.grid.flagged = new Set((overview.flagged ?? []).map(([event]) => event));
      this.grid.breaks = breaksOf(overview, this.speech);
      this.store.set({ overview });
      this.textsChanged();
      this.grid.refresh();
      this.minimap.refresh();
    } catch (error) {
      if (!isAbort(error)) {
        this.overviewFailed = codeOf(error);
        this.notice.tell();
      }
    }
  }

  // The probabilities of all flagged lines; the overview has the first of them.
  async flagged(signal) {
    const first = this.store.state.overview?.flagged;
    const known = first && first.length >= this.data.flagged ? first : (await this.transport.flagged(signal)).flagged;
    return new Map(known);
  }

  changed(changed) {
    const has = (...names) => names.some((name) => changed.has(name));
    const { state } = this.store;
    if (has("detail") && state.detail && this.wanted !== undefined && this.wanted !== null) {
      const pair = this.reader.pairs().find(({ event }) => event === this.wanted);
      this.wanted = null;
      if (pair) {
        this.reader.choosePair(pair);
      }
    }
    if (has("wrap")) {
      this.grid.refresh(state.chosen === null ? this.grid.range()[0] : null);
      if (state.chosen !== null) {
        this.grid.reveal(state.chosen);
      }
    } else if (has("find", "regex", "fold", "partner")) {
      this.grid.refresh();
    } else {
      this.grid.ask();
    }
    if (has("hits", "shown")) {
      this.minimap.refresh();
      this.notice.tell();
    }
    if (has("chosen", "detail", "partner")) {
      clearTimeout(this.telling);
      this.telling = setTimeout(() => this.tell(), TELL_PAUSE);
    }
  }

  // Say to a screen reader what was chosen.
  tell() {
    const { chosen, detail } = this.store.state;
    if (chosen === null) {
      return;
    }
    const line = detail ?? this.blocks.line(chosen);
    if (!line) {
      return;
    }
    const { say } = this.speech;
    const parts = [say("line", { line: line.line }), line.level, line.text.slice(0, 300)];
    if (detail) {
      parts.push(say("told_pairs", { reads: detail.readCount ?? detail.reads.length, readBy: detail.readByCount ?? detail.readBy.length }));
    }
    const pair = this.reader.pair();
    const told = pair ? `${say(pair.side === "read" ? "pair_read" : "pair_read_by", { line: pair.line })}. ${pair.text.slice(0, 300)}` : parts.filter(Boolean).join(". ");
    this.announce(told);
  }

  // A line without what nearly all lines begin with.
  short(text) {
    return this.store.state.fold ? short(text, this.data.prefix) : text;
  }

  announce(text) {
    this.live.textContent = text;
  }

  textsChanged() {
    if (!this.grid.hasTimes && this.grid.parts.some((_, place) => this.blocks.line(this.grid.eventOf(this.grid.start + place))?.time)) {
      this.grid.hasTimes = true;
      this.grid.refresh();
    }
    this.notice.tell();
    this.grid.ask();
  }

  drawn() {
    this.arcs.draw();
    this.minimap.draw();
    this.seen.drawn();
    if (!this.notice.element.hidden) {
      this.notice.tell();
    }
  }

  // The canvases take their colours from the theme: draw them anew when it changes.
  watchTheme() {
    this.theme = JSON.stringify(this.colours());
    this.media = window.matchMedia("(prefers-color-scheme: dark)");
    this.onTheme = () => this.checkTheme();
    this.media.addEventListener("change", this.onTheme);
    this.root.addEventListener("pointerenter", this.onTheme);
  }

  checkTheme() {
    const theme = JSON.stringify(this.colours());
    if (theme !== this.theme) {
      this.theme = theme;
      this.minimap.refresh();
    }
  }

  setMark(key, mark) {
    const marks = { ...this.store.state.marks };
    if (mark.mark) {
      marks[key] = mark.mark;
    } else {
      delete marks[key];
    }
    this.store.set({ marks });
    this.hooks.setTriggerValue?.("mark", mark);
  }

  // The same decision told anew: what may have changed is shown, place and choice stay.
  update(data, hooks) {
    Object.assign(this, { data, hooks });
    const verdict = makeVerdict(this);
    this.verdict.replaceWith(verdict);
    this.verdict = verdict;
    this.incidents.update(data.incidents);
    this.store.set({ marks: data.marks ?? {} });
    this.address.again();
    this.checkTheme();
    this.grid.ask();
  }

  // Where a person is in the log, or was: what is chosen and looked for, and the first line in view.
  place() {
    return this.left ?? { ...this.address.state(), top: this.grid.range()[0] };
  }

  close() {
    this.left = this.place();
    this.deaf();
    this.control.abort();
    clearTimeout(this.telling);
    this.media.removeEventListener("change", this.onTheme);
    for (const part of [this.blocks, this.reader, this.search, this.overlay, this.address, this.grid, this.seen]) {
      part.close();
    }
    this.root.remove();
  }
}
