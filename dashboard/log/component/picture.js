// A picture of what is seen: lines and arcs, with decision, model and time on it. One drawing, by two pens: pixels, or true SVG.

import { MARGIN } from "./arcs.js";
import { gradeOf } from "./parts.js";

const WIDTH = 1200; // pixels
const TITLE = 62; // of them high
const PAD = 12;
const SVG = "http://www.w3.org/2000/svg";
// Signs that XML does not know.
const UNWRITABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

class CanvasPen {
  constructor(height, scale) {
    this.canvas = document.createElement("canvas");
    this.canvas.width = WIDTH * scale;
    this.canvas.height = height * scale;
    this.pen = this.canvas.getContext("2d");
    this.pen.scale(scale, scale);
  }

  box(x, y, width, height, colour, alpha = 1) {
    this.pen.globalAlpha = alpha;
    this.pen.fillStyle = colour;
    this.pen.fillRect(x, y, width, height);
    this.pen.globalAlpha = 1;
  }

  text(x, y, text, { colour, size, font, bold }) {
    this.pen.font = `${bold ? "600 " : ""}${size}px ${font}`;
    this.pen.fillStyle = colour;
    this.pen.fillText(text, x, y);
  }

  curve(path, { colour, width, dash, alpha }) {
    Object.assign(this.pen, { strokeStyle: colour, lineWidth: width, globalAlpha: alpha });
    this.pen.setLineDash(dash);
    this.pen.beginPath();
    this.pen.moveTo(path[0], path[1]);
    this.pen.bezierCurveTo(...path.slice(2));
    this.pen.stroke();
    this.pen.globalAlpha = 1;
  }

  file() {
    return new Promise((resolve) => this.canvas.toBlob(resolve, "image/png"));
  }
}

class SvgPen {
  constructor(height) {
    this.root = this.node("svg", { width: WIDTH, height, viewBox: `0 0 ${WIDTH} ${height}`, role: "img" });
  }

  node(name, attributes, text) {
    const node = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) {
      node.setAttribute(key, value);
    }
    if (text !== undefined) {
      node.textContent = text.replace(UNWRITABLE, "\ufffd").toWellFormed();
    }
    this.root?.append(node);
    return node;
  }

  box(x, y, width, height, fill, alpha = 1) {
    this.node("rect", { x, y, width, height, fill, "fill-opacity": alpha });
  }

  text(x, y, text, { colour, size, font, bold }) {
    this.node("text", { x, y, fill: colour, "font-size": size, "font-family": font, "font-weight": bold ? 600 : 400, "xml:space": "preserve" }, text);
  }

  curve([x, y, ...rest], { colour, width, dash, alpha }) {
    const path = `M${x},${y}C${rest.join(",")}`;
    this.node("path", { d: path, fill: "none", stroke: colour, "stroke-width": width, "stroke-dasharray": dash.join(","), "stroke-opacity": alpha });
  }

  async file() {
    return new Blob([new XMLSerializer().serializeToString(this.root)], { type: "image/svg+xml" });
  }
}

// Draw what is in view. Returns the file's content.
export function draw(app, kind) {
  const { title, id } = app.data;
  const { grid, arcs, speech } = app;
  const colours = app.colours();
  const mono = getComputedStyle(grid.element).fontFamily;
  const high = grid.element.clientHeight;
  const height = TITLE + high + PAD;
  const pen = kind === "png" ? new CanvasPen(height, 2) : new SvgPen(height);
  pen.box(0, 0, WIDTH, height, colours.paper);
  pen.text(PAD, 18, title.verdict, { colour: colours.ink, size: 14, font: colours.font, bold: true });
  const small = { colour: colours.muted, size: 11, font: colours.font };
  const facts = [title.state, title.file, speech.say("decision", { id }), speech.say("model", { model: title.model }), title.when];
  pen.text(PAD, 35, facts.filter(Boolean).join(" · "), small);
  let x = PAD;
  for (const [colour, text] of legend(app, colours)) {
    pen.box(x, 44, 10, 8, colour, 0.8);
    pen.text(x + 14, 52, text, small);
    x += 30 + widthOf(text) * 6;
  }
  pen.box(0, TITLE - 2, WIDTH, 1, colours.rule);
  const lines = grid.inView();
  const size = 11;
  const letter = size * 0.602;
  const digits = Math.max(3, ...lines.map(({ line }) => speech.number(line).length));
  const [atNumber, atText] = [MARGIN + 8, MARGIN + 16 + digits * letter];
  for (const line of lines) {
    const y = TITLE + line.y;
    const row = Math.min(grid.scroller.rowHeight, high - line.y);
    if (line.y < 0 || row < 10) {
      continue;
    }
    const shade = [["chosen", colours.accent, 0.16], ["readby", colours.readby, 0.1], ["read", colours.read, 0.1]].find(([name]) => line.classes.split(" ").includes(name));
    if (shade) {
      pen.box(MARGIN, y, WIDTH - MARGIN, row, shade[1], shade[2]);
    }
    if (line.tint) {
      pen.box(MARGIN, y, WIDTH - MARGIN, row, line.tint > 0 ? colours.raise : colours.lower, Math.abs(line.tint) * 0.4);
    }
    const base = y + row / 2 + size * 0.36;
    const number = speech.number(line.line);
    pen.text(atNumber + (digits - number.length) * letter, base, number, { colour: colours.muted, size, font: mono });
    const time = grid.look.fold && line.time ? `${line.time} ` : "";
    const room = Math.floor((WIDTH - atText - PAD) / letter);
    const colour = colours[gradeOf(line)] ?? colours.ink;
    pen.text(atText, base, fitted(`${time}${line.shown}`, room), { colour, size, font: mono });
  }
  const { curves, labels } = arcs.shapes(high, colours);
  for (const { path, ...look } of curves) {
    pen.curve(path.map((value, place) => (place % 2 ? value + TITLE : value)), look);
  }
  for (const { x, y, text, colour } of labels) {
    pen.text(x, y + TITLE + 3, text, { colour, size: 10, font: colours.font });
  }
  return pen.file();
}

// What the colours mean: [colour, text].
function legend({ store, speech, data, reader }, colours) {
  const { chosen, overlay } = store.state;
  const { say, number } = speech;
  const pairs = ["read", "readby"].map((side) => reader.pairs().filter((pair) => pair.side === side).length);
  const parts = chosen === null ? [] : [[colours.read, say("reads", { n: pairs[0] })], [colours.readby, say("read_by", { n: pairs[1] })]];
  if (overlay) {
    const name = data.methods.find(({ id }) => id === overlay.method)?.name ?? overlay.method;
    const delta = overlay.delta === null ? "" : ` (Δ ${number(overlay.delta, 3)})`;
    parts.push([colours.raise, `${name}${delta}`], !overlay.share && [colours.lower, say("lowers")]);
  }
  return parts.filter(Boolean);
}

function signWidth(sign) {
  return sign.codePointAt(0) > 0x1100 ? 2 : 1;
}

function widthOf(text) {
  return [...text].reduce((sum, sign) => sum + signWidth(sign), 0);
}

// As much of a text as fits, where signs of East Asia are twice as wide.
function fitted(text, room) {
  let width = 0;
  let shown = "";
  for (const sign of text) {
    width += signWidth(sign);
    if (width > room) {
      return `${shown}…`;
    }
    shown += sign;
  }
  return shown;
}
