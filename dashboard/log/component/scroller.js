// Where the log stands: a row at the top and how far it is scrolled off, kept apart from the browser's own bar. Browsers end near
// 17 million pixels, so beyond MOST_PIXELS the bar is a scale of the log: steps stay exact, the bar follows.

import { clamp, make } from "./parts.js";

const MOST_PIXELS = 8e6; // pixels of the bar
const SYNC_PAUSE = 150; // milliseconds without a step after which the bar is set to where the log stands

export class Scroller {
  constructor(element, heightOf, onMove) {
    Object.assign(this, { element, heightOf, onMove, row: 0, off: 0, rows: 0, rowHeight: 20, exact: true, expected: 0 });
    this.space = make("div", { class: "space", "aria-hidden": "true" });
    element.append(this.space);
    element.addEventListener("scroll", () => this.scrolled(), { passive: true });
    element.addEventListener("wheel", (event) => this.wheeled(event), { passive: false });
  }

  // Say how many rows there are, how high one is, and whether all are as high (`even`).
  measure(rows, rowHeight, even) {
    Object.assign(this, { rows, rowHeight });
    this.view = this.element.clientHeight;
    this.full = Math.max(rows * rowHeight, this.view);
    this.bar = Math.min(this.full, MOST_PIXELS);
    this.exact = even && this.full <= MOST_PIXELS;
    this.even = even;
    this.space.style.height = `${this.bar - this.view}px`;
    this.settle();
    this.sync();
  }

  get place() {
    return this.row * this.rowHeight + this.off;
  }

  // Go to a row, so many pixels of it scrolled off; below zero: so many pixels above it.
  moveTo(row, off = 0) {
    Object.assign(this, { row: clamp(row, 0, Math.max(0, this.rows - 1)), off });
    this.settle();
    this.sync();
    this.onMove();
  }

  moveBy(pixels) {
    this.off += pixels;
    this.settle();
    this.onMove();
  }

  // Bring the distance into the row at the top, and keep within the log.
  settle() {
    while (this.off < 0 && this.row > 0) {
      this.off += this.heightOf(--this.row);
    }
    for (let height = this.heightOf(this.row); this.off >= height && this.row < this.rows - 1; height = this.heightOf(this.row)) {
      this.off -= height;
      this.row++;
    }
    this.off = Math.max(0, this.off);
    if (this.even && this.place > this.full - this.view) {
      const place = Math.max(0, this.rows * this.rowHeight - this.view);
      this.row = Math.floor(place / this.rowHeight);
      this.off = place - this.row * this.rowHeight;
    }
  }

  scrolled() {
    const now = this.element.scrollTop;
    const step = now - this.expected;
    if (!step) {
      return;
    }
    this.expected = now;
    const scale = this.bar - this.view;
    if (this.exact || Math.abs(step) > 2 * this.view || now <= 0 || now >= scale) {
      const place = this.exact ? now : (now / scale) * (this.full - this.view);
      this.row = Math.min(Math.floor(place / this.rowHeight), Math.max(0, this.rows - 1));
      this.off = place - this.row * this.rowHeight;
      this.settle();
      this.onMove();
    } else {
      this.moveBy(step);
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.sync(), SYNC_PAUSE);
    }
  }

  wheeled(event) {
    if (this.exact || event.ctrlKey || !event.deltaY) {
      return;
    }
    event.preventDefault();
    const unit = event.deltaMode === 1 ? this.rowHeight : event.deltaMode === 2 ? this.view : 1;
    this.moveBy(event.deltaY * unit);
    this.sync();
  }

  sync() {
    const span = this.full - this.view;
    const wanted = this.exact ? this.place : span > 0 ? (Math.min(this.place, span) / span) * (this.bar - this.view) : 0;
    if (Math.abs(this.element.scrollTop - wanted) >= 1) {
      this.element.scrollTop = wanted;
    }
    this.expected = this.element.scrollTop;
  }
}
