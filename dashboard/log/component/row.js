// One line on the screen: number, time, level and text, with what is looked for marked in it.

import { gradeOf, make, short, visible } from "./parts.js";

const FLAT = 600; // characters of a line that are drawn where lines are not wrapped; the card shows the whole line
const WRAPPED = 4000;
const HEAD = 120; // characters at the beginning in which the level is looked for

export function makeRow(id) {
  const number = make("span", { class: "number", role: "gridcell" });
  const time = make("span", { class: "time", role: "gridcell" });
  const text = make("span", { class: "text", role: "gridcell" });
  const element = make("div", { class: "row", role: "row", id }, number, time, text);
  return { element, number, time, text, row: -1, stamp: "" };
}

// Fill a row. `line` is null while its text has not come.
export function fillRow(part, line, look) {
  const { element, number, time, text } = part;
  if (!line) {
    element.dataset.state = "coming";
    number.textContent = time.textContent = "";
    text.textContent = "\u00a0";
    return;
  }
  element.dataset.state = "";
  element.dataset.grade = gradeOf(line);
  number.textContent = look.number(line.line);
  time.textContent = look.fold ? line.time : "";
  const shown = shownText(line, look);
  text.replaceChildren(...pieces(shown, line, look));
  element.toggleAttribute("data-plain", !text.querySelector(".level"));
}

// Show what a line is: chosen, of a pair, an incident, named; what an attribution (-1 to 1) says of it; what lies before it.
export function markRow(part, roles, value, said) {
  if (part.number.title !== said) {
    part.number.title = said;
  }
  const name = ["row", ...roles].filter(Boolean).join(" ");
  if (part.name !== name) {
    part.name = part.element.className = name;
    part.element.setAttribute("aria-selected", String(roles[0] !== false));
  }
  const tint = value ? `color-mix(in srgb, var(--${value > 0 ? "raise" : "lower"}) ${Math.round(Math.abs(value) * 40)}%, transparent)` : "";
  if (part.tint !== tint) {
    part.tint = part.element.style.backgroundColor = tint;
  }
}

export function shownText(line, { fold, prefix, wrap }) {
  const rest = visible(fold ? short(line.text, prefix) : line.text);
  const most = wrap ? WRAPPED : FLAT;
  return rest.length > most ? `${rest.slice(0, most)}…` : rest;
}

function pieces(shown, line, { terms }) {
  const at = line.level ? shown.slice(0, HEAD).indexOf(line.level) : -1;
  const found = [];
  if (at >= 0) {
    found.push([at, at + line.level.length, "level"]);
  }
  for (const { pattern, name } of terms) {
    pattern.lastIndex = 0;
    for (let match = pattern.exec(shown), count = 0; match && count < 50; match = pattern.exec(shown), count++) {
      if (!match[0]) {
        break;
      }
      found.push([match.index, match.index + match[0].length, name]);
    }
  }
  found.sort((one, other) => one[0] - other[0] || other[1] - one[1]);
  const parts = at < 0 && line.level ? [make("b", { class: "level" }, line.level), " "] : [];
  let done = 0;
  for (const [from, to, name] of found) {
    if (from >= done) {
      parts.push(shown.slice(done, from), make(name === "hit" ? "mark" : "b", { class: name }, shown.slice(from, to)));
      done = to;
    }
  }
  parts.push(shown.slice(done));
  return parts;
}

// What is marked in texts: what was searched for, and the identifiers that both lines of the chosen pair share.
export function termsOf(find, isPattern, shared) {
  const terms = [];
  if (find) {
    try {
      terms.push({ name: "hit", pattern: new RegExp(isPattern ? find : escaped(find), "giu") });
    } catch {
      // The server's patterns are not the browser's in everything: then the hits are not marked within their lines.
    }
  }
  if (shared?.length) {
    terms.push({ name: "shared", pattern: new RegExp(shared.map(escaped).join("|"), "gu") });
  }
  return terms;
}

function escaped(text) {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
