// Files that are taken away: the picture, and lines as CSV.

import { draw } from "./picture.js";

const MOST_SAVED = 5000; // lines that were found in one file

export async function savePicture(app, kind) {
  download(`${stem(app)}.${kind}`, await draw(app, kind));
}

// The lines in view, or those that were found. Throws a Failure.
export async function saveCsv(app, found) {
  const { state } = app.store;
  const rows = [["line", "time", "level", "text"]];
  const add = ({ line, time, level, text }) => rows.push([line, time, level, text]);
  if (found) {
    for (const event of (state.hits ?? state.shown).slice(0, MOST_SAVED)) {
      add(await app.blocks.fetchLine(event));
    }
  } else {
    app.grid.inView().forEach(add);
  }
  const text = rows.map((row) => row.map(cell).join(",")).join("\r\n");
  download(`${stem(app)}.csv`, new Blob(["\ufeff", text, "\r\n"], { type: "text/csv;charset=utf-8" }));
}

// Spreadsheets take what begins like a formula for one; those set to Japanese know full-width signs, too.
function cell(value) {
  const text = String(value);
  const safe = typeof value === "string" && /^[ \u3000]*[=+\-@＝＋－＠\t\r\n]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
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
