// The whole log on a narrow canvas: grades, named lines, incidents, hits, pauses and density; drag to go there.

import { freshCanvas } from "./colours.js";
import { clamp, make } from "./parts.js";

export const MAP = 56; // pixels
const BAR = 30; // of them for the grades of lines
const STRIP = 12; // of them for density over time

export class Minimap {
  constructor(app) {
    this.app = app;
    this.canvas = make("canvas", {
      class: "minimap",
      "aria-hidden": "true",
      pointerdown: (event) => this.pressed(event),
      pointermove: (event) => this.moved(event),
      pointerleave: () => this.told.toggleAttribute("hidden", true),
    });
    this.told = make("span", { class: "told", hidden: true, "aria-hidden": "true" });
    this.element = make("div", { class: "map" }, this.canvas, this.told);
    this.still = document.createElement("canvas"); // everything but the window: it is drawn again only when it changes
  }

  yOf(event) {
    return (event / Math.max(1, this.app.data.n)) * this.height;
  }

  draw() {
    this.height = this.app.grid.element.clientHeight;
    if (!this.height) {
      return;
    }
    if (this.drawn !== this.height) {
      this.drawStill();
    }
    const colours = this.colours;
    const pen = freshCanvas(this.canvas, MAP, this.height);
    pen.drawImage(this.still, 0, 0, MAP, this.height);
    const [first, last] = this.app.grid.range();
    const [top, bottom] = [this.yOf(first), this.yOf(last + 1)];
    const height = Math.max(6, bottom - top);
    const y = clamp(top, 0, this.height - height);
    pen.globalAlpha = 0.14;
    pen.fillStyle = colours.ink;
    pen.fillRect(0, y, MAP, height);
    pen.globalAlpha = 1;
    pen.strokeStyle = colours.ink;
    pen.strokeRect(0.5, Math.round(y) + 0.5, MAP - 1, Math.round(height));
    const { chosen } = this.app.store.state;
    if (chosen !== null) {
      for (const pair of this.app.reader.pairs()) {
        pen.fillStyle = colours[pair.side];
        pen.fillRect(0, this.yOf(pair.event) - 1, 10, 2);
      }
      pen.fillStyle = colours.accent;
      pen.fillRect(0, this.yOf(chosen) - 1, MAP, 2);
    }
  }

  // The picture below the window has to be made anew: other hits, another size, another theme.
  refresh() {
    this.drawn = null;
    this.app.grid.ask();
  }

  drawStill() {
    this.drawn = this.height;
    const colours = (this.colours = this.app.colours());
    const pen = freshCanvas(this.still, MAP, this.height);
    const { overview, hits } = this.app.store.state;
    if (overview) {
      this.drawOverview(pen, colours, overview);
    }
    this.drawValues(pen, colours);
    pen.fillStyle = colours.hit;
    let before = -1;
    for (const event of hits ?? []) {
      const y = Math.round(this.yOf(event));
      if (y !== before) {
        pen.fillRect(MAP - 22, y, 10, 1.5);
        before = y;
      }
    }
    for (const { event, must } of this.app.incidents.byEvent.values()) {
      const y = this.yOf(event);
      pen.fillStyle = must ? colours.severe : colours.accent;
      pen.beginPath();
      pen.moveTo(MAP, y - 5);
      pen.lineTo(MAP - 9, y);
      pen.lineTo(MAP, y + 5);
      pen.fill();
    }
  }

  drawOverview(pen, colours, { severe = [], flagged = [], density, gaps = [], starts = [] }) {
    const step = this.height / Math.max(1, severe.length);
    const grades = [null, colours.muted, colours.warn, colours.severe];
    severe.forEach((grade, bin) => {
      pen.globalAlpha = [0, 0.25, 0.7, 0.9][grade] ?? 0.9;
      pen.fillStyle = grades[grade] ?? colours.muted;
      if (grade) {
        pen.fillRect(STRIP, bin * step, (BAR - STRIP) * (0.4 + 0.2 * grade), Math.max(1, step));
      }
    });
    pen.globalAlpha = 0.35;
    pen.fillStyle = colours.muted;
    const most = Math.max(1, ...(density ?? []));
    (density ?? []).forEach((count, bin, all) => {
      const width = (Math.sqrt(count / most)) * STRIP;
      pen.fillRect(0, (bin / all.length) * this.height, width, this.height / all.length);
    });
    pen.globalAlpha = 1;
    pen.fillStyle = colours.severe;
    for (const [event] of flagged) {
      pen.fillRect(BAR, this.yOf(event), 5, 1.5);
    }
    pen.strokeStyle = colours.muted;
    pen.lineWidth = 1;
    for (const [events, dash] of [[gaps.map(([event]) => event), [2, 2]], [starts, []]]) {
      pen.setLineDash(dash);
      for (const event of events.filter(Boolean)) {
        const y = Math.round(this.yOf(event)) + 0.5;
        pen.beginPath();
        pen.moveTo(0, y);
        pen.lineTo(MAP - 10, y);
        pen.stroke();
      }
    }
    pen.setLineDash([]);
  }

  drawValues(pen, colours) {
    for (const [event, value] of this.app.grid.values) {
      pen.globalAlpha = Math.min(1, Math.abs(value) + 0.1);
      pen.fillStyle = value > 0 ? colours.raise : colours.lower;
      pen.fillRect(BAR + 5, this.yOf(event), 5, 1.5);
    }
    pen.globalAlpha = 1;
  }

  pressed(event) {
    this.canvas.setPointerCapture(event.pointerId);
    this.go(event);
    event.preventDefault();
    this.app.grid.element.focus({ preventScroll: true });
  }

  moved(event) {
    if (event.buttons & 1) {
      this.go(event);
    }
    const at = this.eventAt(event);
    this.told.textContent = this.app.speech.say("line", { line: this.app.blocks.line(at)?.line ?? at + 1 });
    this.told.style.top = `${clamp(event.offsetY - 10, 0, Math.max(0, this.height - 20))}px`;
    this.told.hidden = false;
  }

  eventAt({ offsetY }) {
    return clamp(Math.floor((offsetY / Math.max(1, this.height)) * this.app.data.n), 0, this.app.data.n - 1);
  }

  go(event) {
    const { grid } = this.app;
    grid.held = null;
    grid.scroller.moveTo(grid.rowOf(this.eventAt(event)), -Math.round(this.height / 2));
  }
}
