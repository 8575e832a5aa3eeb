// What of the evidence was in view: said to oneself while one judges, and handed over with the judgement.

import { make } from "./parts.js";

const REST = 400; // milliseconds that the log has to rest: lines that only fly by are not seen
const MOST = 200; // stretches of lines, and pairs, that are handed over
// A press that submits a form of the host would be lost beside what is handed over: there the field of the signature comes first, or
// the browser's question for the passkey, which the host tells the window of.
const SENDING = {
  click: ".st-key-review_submit:not([data-testid=stForm] *)",
  focusin: ".st-key-review_actions [data-testid=stForm] input",
  "sparsemix-passkey": "",
};

export class Seen {
  constructor(app) {
    this.app = app;
    this.events = new Uint8Array(app.data.n);
    this.lines = 0;
    this.incidents = new Set();
    this.pairs = new Map();
    this.element = make("span", { class: "quiet" });
    this.onSend = (event) => this.hand(event);
    for (const name of Object.keys(SENDING)) {
      window.addEventListener(name, this.onSend, true);
    }
    app.store.watch((changed) => (changed.has("chosen") || changed.has("partner")) && this.opened());
    this.say();
  }

  // The log was drawn.
  drawn() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.rested(), REST);
  }

  rested() {
    const { grid } = this.app;
    const bottom = grid.element.clientHeight;
    for (const [place, { line }] of document.hidden ? [] : grid.parts.entries()) {
      const [y, event] = [grid.topOf(grid.start + place), grid.eventOf(grid.start + place)];
      if (line && y !== null && y > -grid.scroller.rowHeight && y < bottom && !this.events[event]) {
        this.events[event] = 1;
        this.lines++;
      }
    }
    this.say();
  }

  opened() {
    const { chosen, partner } = this.app.store.state;
    const incident = this.app.incidents.at(chosen);
    if (incident && !incident.routine) {
      this.incidents.add(chosen);
    }
    if (partner && this.pairs.size < MOST) {
      const pair = partner.side === "read" ? [chosen, partner.event] : [partner.event, chosen];
      this.pairs.set(pair.join(), pair);
    }
    this.say();
  }

  say() {
    const { incidents, data, speech } = this.app;
    const told = incidents.events.length;
    this.element.textContent = speech.say("seen", { incidents: this.incidents.size, told, lines: this.lines, n: data.n });
    const n = data.incidents.filter(({ event, must, routine }) => must && !routine && !this.events[event] && !this.incidents.has(event)).length;
    this.warn(n && data.mayMark ? speech.say("unseen", { n }) : "");
  }

  // Above the buttons of the host that send the judgement, which shows it (style.css).
  warn(text) {
    document.documentElement.style.setProperty("--unseen", text && JSON.stringify(text));
  }

  // Before the host hears that the judgement is sent.
  hand(event) {
    if ((event.target === window || event.target.closest?.(SENDING[event.type])) && this.app.data.mayMark) {
      this.rested();
      const told = this.app.incidents.events.length;
      const seen = { ranges: fewer(this.ranges()), lines: this.lines, incidents: this.incidents.size, told, pairs: [...this.pairs.values()] };
      this.app.hooks.setStateValue?.("seen", seen);
    }
  }

  ranges() {
    const ranges = [];
    for (let event = this.events.indexOf(1); event >= 0; event = this.events.indexOf(1, event)) {
      const end = this.events.indexOf(0, event);
      ranges.push([event, (end < 0 ? this.events.length : end) - 1]);
      event = ranges.at(-1)[1] + 1;
    }
    return ranges;
  }

  close() {
    clearTimeout(this.timer);
    this.warn("");
    for (const name of Object.keys(SENDING)) {
      window.removeEventListener(name, this.onSend, true);
    }
  }
}

// As many stretches as are handed over: those between which the fewest lines lie become one.
function fewer(ranges) {
  const gaps = ranges.slice(1).map(([first], place) => first - ranges[place][1]);
  const joined = gaps.toSorted((one, other) => other - one)[MOST - 1] ?? 0;
  return ranges.filter((_, place) => place === 0 || gaps[place - 1] > joined).map(([first], place, kept) => {
    const after = kept[place + 1];
    return [first, after ? ranges[ranges.indexOf(after) - 1][1] : ranges.at(-1)[1]];
  });
}
