// Cells of CSV files that no spreadsheet executes, whatever separator it takes: as `sparsemix/trace/csv_cells.py`, which says why.

const FORMULA_BEGINS = /^(?:[\t\r\n]|[\x00-\x08\x0b\x0c\x0e-\x20"\x7f\xa0\u2000-\u200f\u2028\u2029\u202f\u205f\u2060\u3000\ufeff]*[=+\-@＝＋－＠])/;
const FORMULA_WITHIN = /([,;|\t\r\n])(?=[\x00-\x08\x0b\x0c\x0e-\x20"\x7f\xa0\u2000-\u200f\u2028\u2029\u202f\u205f\u2060\u3000\ufeff]*(?![+-][0-9.]+(?:[eE][+-]?[0-9]+)?[ ]*(?:[,;\t\r\n\])}]|$))[=+\-@＝＋－＠])/g;

// A cell as it stands in the file. Numbers stay numbers, a negative one too.
export function csvCell(value) {
  if (typeof value !== "string") {
    return String(value);
  }
  const within = value.replace(FORMULA_WITHIN, "$1'");
  const safe = FORMULA_BEGINS.test(value) ? `'${within}` : within;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
