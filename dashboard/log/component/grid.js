// The log: as many rows as fit, used again and again while it is scrolled, in the order in which they are read.

import { Order } from "./order.js";
import { clamp, make } from "./parts.js";
import { fillRow, makeRow, markRow, shownText, termsOf } from "./row.js";
import { Scroller } from "./scroller.js";

const OVER = 6; // rows made above and below those in view

export class Grid extends Order {
  constructor(app) {
    super(app);
    const { say } = app.speech;
    this.layer = make("div", { class: "layer", role: "presentation" });
    this.element = make(
      "div",
      { class: "grid", role: "grid", tabindex: "0", "aria-label": say("log"), "aria-colcount": "3", "aria-readonly": "true" },
      make("div", { class: "window", role: "presentation" }, this.layer),
    );
    this.parts = [];
    this.start = 0;
    this.version = 0;
    this.values = new Map(); // event -> what an attribution says of it, from -1 to 1
    this.breaks = new Map(); // event -> {name, said}: a pause before it, or another source begins
    this.held = null; // the line that was gone to, until somebody scrolls
    this.scroller = new Scroller(this.element, (row) => this.heightOf(row), () => this.ask());
    this.layer.addEventListener("click", (event) => this.clicked(event));
    for (const moving of ["wheel", "pointerdown", "touchmove"]) {
      this.element.addEventListener(moving, () => (this.held = null), { passive: true });
    }
    this.observer = new ResizeObserver(() => this.resized());
    this.observer.observe(this.element);
  }

  heightOf(row) {
    const part = this.app.store.state.wrap ? this.parts[row - this.start] : null;
    return part?.row === row && part.height ? part.height : this.scroller.rowHeight;
  }

  // The lines, their number or how they are written have changed: draw all anew, with the same line at the top.
  refresh(keep = null) {
    this.version++;
    const { wrap, find, regex, fold } = this.app.store.state;
    const shared = this.app.reader.pair()?.shared;
    const number = this.app.speech.number;
    this.look = { wrap, fold, number, prefix: this.app.data.prefix, terms: termsOf(find, regex, shared) };
    this.element.classList.toggle("wrap", wrap);
    this.element.classList.toggle("times", fold && this.hasTimes === true);
    this.element.setAttribute("aria-rowcount", this.rows);
    this.resize(keep);
  }

  // The card that opens below takes room from the log: the chosen line stays in view.
  resized() {
    const { chosen } = this.app.store.state;
    const y = chosen === null ? null : this.topOf(this.rowOf(chosen));
    const seen = y !== null && y >= 0 && y < this.scroller.view;
    this.resize();
    if (seen) {
      this.reveal(chosen);
    }
  }

  resize(keep = null) {
    this.probe ??= this.layer.appendChild(make("div", { class: "row probe", "aria-hidden": "true" }, "0"));
    const height = this.probe.offsetHeight;
    if (!height || !this.element.clientHeight) {
      return;
    }
    const digits = Math.max(3, this.app.speech.number(this.app.data.n).length);
    this.element.style.setProperty("--digits", `${digits}ch`);
    if (keep !== null) {
      Object.assign(this.scroller, { row: Math.min(this.rowOf(keep), Math.max(0, this.rows - 1)), off: 0 });
    }
    this.scroller.measure(this.rows, height, !this.app.store.state.wrap);
    const count = Math.min(this.rows, Math.ceil(this.element.clientHeight / height) + 2 * OVER);
    while (this.parts.length < count) {
      this.parts.push(makeRow(`row-${this.parts.length}`));
      this.layer.append(this.parts.at(-1).element);
    }
    for (const part of this.parts.splice(count)) {
      part.element.remove();
    }
    this.ask();
  }

  ask() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.draw();
    });
  }

  draw() {
    const count = this.parts.length;
    this.turn(clamp(this.scroller.row - OVER, 0, Math.max(0, this.rows - count)));
    this.app.blocks.want(this.parts.map((_, place) => this.eventOf(this.start + place)));
    this.active = "";
    for (const [place, part] of this.parts.entries()) {
      this.fill(part, this.start + place);
    }
    if (this.element.getAttribute("aria-activedescendant") !== this.active) {
      this.element.setAttribute("aria-activedescendant", this.active);
    }
    const above = this.scroller.row - this.start;
    let off = above * this.scroller.rowHeight;
    if (this.app.store.state.wrap) {
      for (const part of this.parts) {
        part.height = part.element.offsetHeight;
      }
      off = this.parts.slice(0, above).reduce((sum, part) => sum + part.height, 0);
      this.hold(off);
    }
    this.layer.style.transform = `translateY(${-Math.round(off + this.scroller.off)}px)`;
    this.app.drawn();
  }

  // Use the rows that are no longer in view for those that came into it; the page keeps the order of the log.
  turn(start) {
    const step = start - this.start;
    this.start = start;
    if (!step || Math.abs(step) >= this.parts.length) {
      return;
    }
    if (step > 0) {
      const moved = this.parts.splice(0, step);
      this.layer.append(...moved.map((part) => part.element));
      this.parts.push(...moved);
    } else {
      const moved = this.parts.splice(step);
      this.probe.after(...moved.map((part) => part.element));
      this.parts.unshift(...moved);
    }
  }

  fill(part, row) {
    const event = this.eventOf(row);
    const line = this.app.blocks.line(event);
    const stamp = `${event}:${this.version}:${line !== null}`;
    if (part.stamp !== stamp) {
      Object.assign(part, { stamp, row, line });
      part.element.setAttribute("aria-rowindex", row + 1);
      fillRow(part, line, this.look);
    }
    const { chosen } = this.app.store.state;
    const incident = this.app.incidents.at(event);
    const apart = this.breaks.get(event);
    const named = this.flagged?.has(event) && "flagged";
    const roles = [event === chosen && "chosen", this.app.reader.roleOf(event), incident && "incident", incident?.must && "must", named, apart?.name, this.isAround(event) && "around"];
    markRow(part, roles, this.values.get(event), apart?.said ?? "");
    if (event === chosen) {
      this.active = part.element.id;
    }
  }

  // Heights of wrapped lines are known once they are drawn: then the end stays at the lower edge, and a line that was gone to in view.
  hold(off) {
    const height = this.element.clientHeight;
    const gap = height - this.parts.reduce((sum, part) => sum + part.height, 0) + off + this.scroller.off;
    const row = this.held === null ? null : Math.min(this.rowOf(this.held), this.rows - 1);
    const y = row === null ? 0 : this.topOf(row);
    if (gap > 0 && this.start + this.parts.length === this.rows && this.scroller.place > 0) {
      this.scroller.moveBy(-gap);
    } else if (y === null) {
      this.scroller.moveTo(row);
    } else if (y < 0) {
      this.scroller.moveBy(y);
    } else if (row !== null && y > 0 && y + this.heightOf(row) > height) {
      this.scroller.moveBy(Math.min(y, y + this.heightOf(row) - height));
    }
  }

  // Scroll as far as needed for a line to be seen well; one far away comes to the middle.
  reveal(event) {
    this.held = event;
    const row = Math.min(this.rowOf(event), this.rows - 1);
    const [y, height] = [this.topOf(row), this.element.clientHeight];
    const edge = 2 * this.scroller.rowHeight;
    if (y === null || y < -height || y > 2 * height) {
      // Where lines are wrapped nobody knows yet how high those above are.
      this.scroller.moveTo(row, this.app.store.state.wrap ? 0 : -Math.round(height / 2.5));
    } else if (y < edge) {
      this.scroller.moveBy(y - edge);
      this.scroller.sync();
    } else if (y + this.heightOf(row) > height - edge) {
      this.scroller.moveBy(Math.min(y - edge, y + this.heightOf(row) - height + edge));
      this.scroller.sync();
    }
    this.ask();
  }

  // Where a row begins, in pixels below the upper edge; null for a row that is not made.
  topOf(row) {
    if (!this.app.store.state.wrap) {
      return row * this.scroller.rowHeight - this.scroller.place;
    }
    if (row < this.start || row >= this.start + this.parts.length) {
      return null;
    }
    const [from, to] = [Math.min(row, this.scroller.row), Math.max(row, this.scroller.row)];
    let between = 0;
    for (let at = from; at < to; at++) {
      between += this.heightOf(at);
    }
    return (row < this.scroller.row ? -between : between) - this.scroller.off;
  }

  // The middle of a line's first row of text, or -Infinity and Infinity for what is not in view.
  middleOf(event) {
    const row = this.rowOf(event);
    const y = row < this.rows ? this.topOf(row) : null;
    if (y === null) {
      return row < this.scroller.row ? -Infinity : Infinity;
    }
    const middle = y + this.scroller.rowHeight / 2;
    return middle < 0 ? -Infinity : middle > this.element.clientHeight ? Infinity : middle;
  }

  // The lines in view with their places, as they are shown.
  inView() {
    const height = this.element.clientHeight;
    return this.parts.flatMap(({ line, name }, place) => {
      const [event, y] = [this.eventOf(this.start + place), this.topOf(this.start + place)];
      const seen = line && y !== null && y > -this.scroller.rowHeight && y < height;
      return seen ? [{ ...line, y, shown: shownText(line, this.look), classes: name, tint: this.values.get(event) ?? 0 }] : [];
    });
  }

  // The first and the last event in view.
  range() {
    const last = Math.min(this.rows - 1, this.scroller.row + Math.ceil(this.element.clientHeight / this.scroller.rowHeight) - 1);
    return this.rows ? [this.eventOf(this.scroller.row), this.eventOf(Math.max(last, this.scroller.row))] : [0, 0];
  }

  clicked(event) {
    const part = this.parts.find(({ element }) => element.contains(event.target));
    const selecting = String(this.element.getRootNode().getSelection?.() ?? document.getSelection());
    if (part && !selecting) {
      this.app.reader.choose(this.eventOf(this.start + this.parts.indexOf(part)));
    }
  }

  close() {
    this.observer.disconnect();
    cancelAnimationFrame(this.frame);
  }
}
