// Ways through the log: by lines, to a cause and back, through the pairs of a line, the incidents and the hits.

import { clamp, lowerBound } from "./parts.js";

export class Walk {
  constructor(app) {
    this.app = app;
  }

  step(rows) {
    const { grid } = this.app;
    const { chosen } = this.app.store.state;
    if (!grid.rows) {
      return;
    }
    const row = chosen === null ? grid.scroller.row : grid.rowOf(chosen) + (rows > 0 && !grid.isShown(chosen) ? rows - 1 : rows);
    this.app.reader.choose(grid.eventOf(clamp(row, 0, grid.rows - 1)));
  }

  page(direction) {
    this.step(direction * Math.max(1, Math.floor(this.app.grid.element.clientHeight / this.app.grid.scroller.rowHeight) - 1));
  }

  toEnd(last) {
    const { grid } = this.app;
    if (grid.rows) {
      this.app.reader.choose(grid.eventOf(last ? grid.rows - 1 : 0));
    }
  }

  // To what led to an incident, or to the earlier line that the chosen one read most.
  toCause() {
    const { chosen, detail } = this.app.store.state;
    if (chosen === null) {
      return;
    }
    const told = this.app.incidents.at(chosen)?.causes?.[0]?.event;
    const partner = this.app.reader.pair();
    if (partner?.side !== "read" && told === undefined && !detail) {
      this.app.reader.goesOn = true;
      return;
    }
    const strongest = detail?.reads.find((pair) => !pair.later && pair.event < chosen)?.event;
    const cause = (partner?.side === "read" ? partner.event : undefined) ?? told ?? strongest;
    if (cause === undefined) {
      this.app.announce(this.app.speech.say("no_cause"));
    } else {
      this.app.reader.choose(cause, { remember: true });
    }
  }

  back() {
    const event = this.app.reader.trail.pop();
    if (event !== undefined) {
      this.app.reader.choose(event);
    }
  }

  stepPair(direction) {
    const pairs = this.app.reader.pairs();
    const at = pairs.indexOf(pairs.find((pair) => pair.event === this.app.store.state.partner?.event && pair.side === this.app.store.state.partner?.side));
    const next = at < 0 ? (direction > 0 ? 0 : pairs.length - 1) : at + direction;
    if (pairs[next]) {
      this.app.reader.choosePair(pairs[next]);
    }
  }

  // Judge the chosen pair, or the first, and go on to the next.
  mark(value) {
    const { reader, data } = this.app;
    if (!data.mayMark) {
      return;
    }
    if (!reader.pair()) {
      this.stepPair(1);
    }
    reader.mark(value);
    if (value) {
      this.stepPair(1);
    }
  }

  stepIncident(direction) {
    this.stepThrough(this.app.incidents.events, direction, true);
  }

  stepHit(direction) {
    const { find, hits } = this.app.store.state;
    if (find || hits) {
      this.stepThrough(hits ?? [], direction, false);
    } else {
      this.stepIncident(direction);
    }
  }

  // To the next of some events, from the last to the first.
  stepThrough(events, direction, remember) {
    if (!events.length) {
      return;
    }
    const from = this.app.store.state.chosen ?? this.app.grid.range()[0] - 1;
    const next = direction > 0 ? lowerBound(events, from + 1) : lowerBound(events, from) - 1;
    this.app.reader.choose(events[(next + events.length) % events.length], { remember });
  }
}
