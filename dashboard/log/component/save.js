// Files that are taken away: the picture, and lines as CSV.

import { csvCell } from "./csv.js";
import { draw } from "./picture.js";

export const MOST_SAVED = 5000; // lines that were found in one file

export async function savePicture(app, kind) {
  download(`${stem(app)}.${kind}`, await draw(app, kind));
}

// The lines in view, or those that were found. Throws a Failure.
export async function saveCsv(app, found) {
  const { state } = app.store;
  const probabilities = await app.flagged();
  const contributions = new Map(state.overlay?.events ?? []);
  const rows = [["line", "time", "level", "source", "incident", "probability", "contribution", "text"]];
  const add = (event, { line, time, level, source, text }) => {
    const incident = app.incidents.placeOf(event);
    rows.push([line, time, level, source ?? "", incident < 0 ? "" : incident + 1, probabilities.get(event) ?? "", contributions.get(event) ?? "", text]);
  };
  if (found) {
    for (const event of (state.hits && !state.only ? state.hits : state.shown).slice(0, MOST_SAVED)) {
      add(event, await app.blocks.fetchLine(event));
    }
  } else {
    app.grid.inView().forEach((line) => add(line.event, line));
  }
  table(`${stem(app)}-${found ? "found" : "in-view"}.csv`, rows);
}

export async function saveIncidents(app) {
  const rows = [["incident", "line", "lines", "must", "new", "routine", "text", "why", "remark", "causes"]];
  app.data.incidents.forEach(({ line, count, must, isNew, routine, text, why, remark, causes }, place) => {
    rows.push([place + 1, line, count, must, isNew, routine, text, why, remark, causes.map((cause) => cause.line).join(" ")]);
  });
  table(`${stem(app)}-incidents.csv`, rows);
}

function table(name, rows) {
  const text = rows.map((row) => row.map(csvCell).join(",")).join("\r\n");
  download(name, new Blob(["\ufeff", text, "\r\n"], { type: "text/csv;charset=utf-8" }));
}

function stem(app) {
  const { chosen } = app.store.state;
  const line = chosen === null ? "" : `-${app.blocks.line(chosen)?.line ?? chosen + 1}`;
  return `${app.data.title.file}-${app.data.id.slice(0, 8)}${line}`.replace(/[^\p{L}\p{N}._-]+/gu, "-");
}

function download(name, content) {
  const address = URL.createObjectURL(content);
  const link = document.createElement("a");
  Object.assign(link, { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}
