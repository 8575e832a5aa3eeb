// The theme's colours for the canvases: the style sheet names them, the browser says what they are just now.

import { make } from "./parts.js";

const COLOURS = ["ink", "muted", "paper", "rule", "accent", "read", "readby", "raise", "lower", "severe", "warn", "hit"];

export function makeColours(root) {
  const probes = make("span", { class: "probes", "aria-hidden": "true" });
  const probe = COLOURS.map((name) => {
    const element = make("i", { style: `color: var(--${name})` });
    probes.append(element);
    return [name, element];
  });
  root.append(probes);
  return () => {
    const found = Object.fromEntries(probe.map(([name, element]) => [name, getComputedStyle(element).color]));
    const { fontFamily } = getComputedStyle(root);
    return { ...found, font: fontFamily };
  };
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
