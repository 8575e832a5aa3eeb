// The pairs of the chosen line as arcs in the margin of the log; those that lead out of view end in an arrow with the line's number.

import { freshCanvas } from "./colours.js";
import { make } from "./parts.js";

export const MARGIN = 76; // pixels
const ENDS = 5; // arrows at one edge that get a number
const MOST_NEAR = 6;

export class Arcs {
  constructor(app) {
    this.app = app;
    this.canvas = make("canvas", { class: "arcs", "aria-hidden": "true", click: (event) => this.clicked(event) });
    this.targets = [];
  }

  draw() {
    const { grid } = this.app;
    const height = grid.element.clientHeight;
    const colours = this.app.colours();
    const pen = freshCanvas(this.canvas, MARGIN, height);
    const { curves, labels } = this.shapes(height, colours);
    this.targets = labels;
    for (const { path, width, colour, dash, alpha } of curves) {
      pen.globalAlpha = alpha;
      pen.strokeStyle = colour;
      pen.lineWidth = width;
      pen.setLineDash(dash);
      pen.beginPath();
      pen.moveTo(path[0], path[1]);
      pen.bezierCurveTo(...path.slice(2));
      pen.stroke();
    }
    pen.globalAlpha = 1;
    pen.setLineDash([]);
    pen.font = `10px ${colours.font}`;
    pen.textBaseline = "middle";
    for (const { x, y, text, colour } of labels) {
      pen.fillStyle = colours.paper;
      pen.fillRect(x - 1, y - 6, pen.measureText(text).width + 2, 12);
      pen.fillStyle = colour;
      pen.fillText(text, x, y);
    }
  }

  // What is drawn, for this canvas and for pictures: curves and labels in pixels of the margin.
  shapes(height, colours) {
    const { chosen, detail } = this.app.store.state;
    const curves = [];
    const labels = [];
    const here = chosen === null ? NaN : this.app.grid.middleOf(chosen);
    if (!Number.isFinite(here) || !detail) {
      return { curves, labels };
    }
    const pairs = this.app.reader.pairs();
    const most = Math.max(0.01, ...pairs.map((pair) => pair.weight));
    const ends = { top: 0, bottom: 0 };
    const add = (event, line, look) => {
      const there = this.app.grid.middleOf(event);
      const out = !Number.isFinite(there);
      const edge = there < here ? "top" : "bottom";
      const place = out ? ends[edge]++ : 0;
      const y = out ? (there < here ? 8 + 12 * Math.min(place, ENDS) : height - 8 - 12 * Math.min(place, ENDS)) : there;
      const bulge = out ? 30 : Math.min(MARGIN - 14, 14 + Math.abs(y - here) * 0.3);
      const x = out ? MARGIN - 34 : MARGIN - 2;
      const lean = out ? x - 14 : MARGIN - 2 - bulge;
      curves.push({ path: [MARGIN - 2, here, MARGIN - 2 - bulge * 1.2, here, lean, y, x, y], ...look });
      if (out && place <= ENDS) {
        const text = place < ENDS ? `${there < here ? "↑" : "↓"}${this.app.speech.number(line)}` : "…";
        labels.push({ x: 2, y, text, colour: look.colour, event });
      }
    };
    for (const near of (detail.near ?? []).slice(0, MOST_NEAR)) {
      add(near.event, near.line, { colour: colours.muted, width: 1, dash: [2, 3], alpha: 0.8 });
    }
    const { partner } = this.app.store.state;
    for (const pair of [...pairs].reverse()) {
      const isChosen = partner?.event === pair.event && partner?.side === pair.side;
      const share = pair.weight / most;
      add(pair.event, pair.line, {
        colour: this.colourOf(pair, colours),
        width: (isChosen ? 2 : 0.8) + 3.5 * share,
        dash: [],
        alpha: isChosen ? 1 : partner ? 0.35 : 0.35 + 0.6 * share,
      });
    }
    return { curves, labels };
  }

  colourOf(pair, colours) {
    const change = this.app.reader.effectOf(pair)?.logits ?? 0;
    return change >= 0.05 ? colours.raise : change <= -0.05 ? colours.lower : colours[pair.side];
  }

  clicked({ offsetX, offsetY }) {
    const target = this.targets.find(({ x, y, event }) => event !== undefined && offsetX >= x - 4 && Math.abs(offsetY - y) < 7);
    if (target) {
      this.app.reader.choose(target.event, { remember: true });
    }
  }
}
