// The theme's colours for the canvases: the style sheet names them, the browser says what they are just now.

import { make } from "./parts.js";

const COLOURS = ["ink", "muted", "paper", "rule", "accent", "read", "readby", "raise", "lower", "severe", "warn", "hit"];

const AGE = 500; // milliseconds

export function makeColours(root) {
  const probes = make("span", { class: "probes", "aria-hidden": "true" });
  const probe = COLOURS.map((name) => {
    const element = make("i", { style: `color: var(--${name})` });
    probes.append(element);
    return [name, element];
  });
  root.append(probes);
  let [known, asked] = [null, -AGE];
  // A theme changes without a word: ask again once in a while, not for every frame.
  return () => {
    const now = performance.now();
    if (now - asked > AGE) {
      asked = now;
      known = Object.fromEntries(probe.map(([name, element]) => [name, plain(getComputedStyle(element).color)]));
      known.font = getComputedStyle(root).fontFamily;
    }
    return known;
  };
}

// Mixed colours in the form that every program knows that opens an SVG.
function plain(colour) {
  const parts = /^color\(srgb ([\d.]+) ([\d.]+) ([\d.]+)/.exec(colour);
  return parts ? `rgb(${parts.slice(1).map((part) => Math.round(255 * part)).join(", ")})` : colour;
}

// A canvas as many pixels wide as it is shown, cleared.
export function freshCanvas(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  return pen;
}
