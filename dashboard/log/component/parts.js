// What every part uses: elements whose texts are only ever text, words with their values, numbers as the reader writes them.

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) {
      continue;
    }
    if (typeof value === "function") {
      element.addEventListener(name, value);
    } else {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

// Scroll a list until one of its elements is seen. Not by scrollIntoView: Tab would go on from there.
export function reveal(list, element) {
  const [outer, inner] = [list.getBoundingClientRect(), element.getBoundingClientRect()];
  list.scrollTop += Math.min(inner.top - outer.top, 0) || Math.max(inner.bottom - outer.bottom, 0);
}

export function makeSpeech({ words, language }) {
  const whole = new Intl.NumberFormat(language);
  const percents = [1, 4].map((most) => new Intl.NumberFormat(language, { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: most }));
  // Near 0 and 1 what changes stands behind the first place.
  const percent = (value) => percents[Math.min(value, 1 - value) < 0.0005 ? 1 : 0].format(value);
  const number = (value, digits) => (digits === undefined ? whole.format(value) : value.toFixed(digits));
  const say = (key, values = {}) =>
    (words[key] ?? key).replace(/\{(\w+)\}/g, (field, name) => {
      const value = values[name];
      return typeof value === "number" ? number(value) : (value ?? field);
    });
  const duration = (seconds) => {
    const size = Math.abs(seconds);
    const [part, unit] =
      size < 1 ? [1000 * size, "ms"] : size < 60 ? [size, "s"] : size < 3600 ? [size / 60, "min"] : size < 86400 ? [size / 3600, "h"] : [size / 86400, "d"];
    return `${part >= 10 || unit === "ms" ? Math.round(part) : part.toFixed(1)} ${unit}`;
  };
  return { say, number, percent, duration };
}

// What a score loses without a pair: a probability near 0 or 1 hardly moves, whatever the pair carries.
export function signed(logits) {
  return `${logits >= 0 ? "+" : "−"}${Math.abs(logits).toFixed(1)}`;
}

export function clamp(value, low, high) {
  return Math.max(low, Math.min(high, value));
}

// The first place in ascending numbers whose value is at least this one.
export function lowerBound(values, wanted) {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < wanted) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

// A map that forgets what was used longest ago.
export class Recent extends Map {
  constructor(most) {
    super();
    this.most = most;
  }

  get(key) {
    const value = super.get(key);
    if (value !== undefined) {
      super.delete(key);
      super.set(key, value);
    }
    return value;
  }

  set(key, value) {
    super.delete(key);
    super.set(key, value);
    while (this.size > this.most) {
      super.delete(this.keys().next().value);
    }
    return this;
  }
}

const MOST_SIGNS = 20000; // of one line

const NAMED = 200; // signs in which names stand
const PACKAGE = /\b(?:[a-z]\w*\.){2,}(?=[A-Z])/g;
const BRACKET = /\[([^\]]{16})[^\]]{4,}\]/g;

// A line without its stamp and without the words that nearly all begin with, where it has them; then `brief`.
export function short(text, [stamp, words]) {
  const said = stamp > 0 && /\W/.test(text[stamp - 1] ?? "") ? text.slice(stamp) : text;
  return brief((said.startsWith(words) ? said.slice(words.length) : said).trimStart());
}

// A line whose names of classes are written as loggers shorten them (o.a.h.Server), and whose long brackets are cut.
function brief(text) {
  const initials = (names) => names.replace(/(\w)\w*\./g, "$1.");
  return text.slice(0, NAMED).replace(PACKAGE, initials).replace(BRACKET, "[$1…]") + text.slice(NAMED);
}

export function cut(text) {
  return visible(text.length > MOST_SIGNS ? `${text.slice(0, MOST_SIGNS)}…` : text);
}

// A text in which signs that would turn it around, or cannot be seen, are named.
export function visible(text) {
  return text.replace(HIDDEN, (sign) => `‹${sign.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}›`);
}

// Control characters but the tab, and those that change the direction of a text (UAX 9).
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

const SEVERE = /^(e|err|error|f|fatal|crit|critical|alert|emerg|emergency|severe|panic|failure|fail)$/i;
const WARN = /^(w|warn|warning)$/i;

// How severe a line is, as the style sheet knows it: by what the server says (0 to 3), or else by its level.
export function gradeOf({ grade, level }) {
  if (grade !== undefined) {
    return grade >= 2 ? "severe" : grade === 1 ? "warn" : "";
  }
  return SEVERE.test(level) ? "severe" : WARN.test(level) ? "warn" : "";
}
