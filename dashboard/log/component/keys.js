// Keys, wherever in the component the focus is. They are taken at the window before anybody else, and what has a meaning here, is
// typed, or is one of Streamlit's own (r, c) goes no further. The page's keys, such as those of a judgement, do.

import { make } from "./parts.js";
import { closeMenu } from "./menu.js";

const WRITING = "input:not([type=checkbox]), textarea";
const CHOOSING = "select";
const OURS = new Set(["r", "R", "c", "C", "Escape", "F3"]);
const JUDGING = new Set(["1", "2", "0", "ArrowLeft", "ArrowRight", "e", "E"]);
const PRESSING = "button, summary";
const REASONS = ".st-key-review_reasons";
const SCROLLING = ".whole, .card-list";

export function listenToKeys(app, root) {
  const isHere = (event) => event.composedPath().includes(root);
  const isOurs = (event) => isHere(event) && !event.ctrlKey && !event.metaKey && !event.altKey && event.key !== "Tab";
  // Who judges marks pairs before anything has the focus, or on the link that led here.
  const isLoose = (event) => app.data.mayMark && JUDGING.has(event.key) && event.target.matches?.("body, a") && !event.ctrlKey && !event.metaKey && !event.altKey;
  const down = (event) => {
    if (!isOurs(event) && !isLoose(event)) {
      return;
    }
    const acted = !event.isComposing && actOn(app, root, event);
    if (acted) {
      event.preventDefault();
    }
    if (acted || staysHere(app, event)) {
      event.stopImmediatePropagation();
    }
  };
  const up = (event) => isOurs(event) && staysHere(app, event) && event.stopImmediatePropagation();
  window.addEventListener("keydown", down, true);
  window.addEventListener("keyup", up, true);
  return () => {
    window.removeEventListener("keydown", down, true);
    window.removeEventListener("keyup", up, true);
  };
}

function staysHere(app, event) {
  const written = event.composedPath()[0].matches?.(`${WRITING}, ${CHOOSING}`);
  return written || app.help.isOpen() || OURS.has(event.key) || ownAction(app, event.key) !== undefined;
}

// Returns whether the key did something here.
function actOn(app, root, event) {
  const target = event.composedPath()[0];
  const { key } = event;
  if (app.help.isOpen()) {
    return false;
  }
  if (key === "Escape") {
    return closeMenu(root) || leave(app, target) || app.reader.clear();
  }
  if (key === "F3") {
    app.walk.stepHit(event.shiftKey ? -1 : 1);
    return true;
  }
  if (target.matches(WRITING)) {
    if (key === "Enter" && target === app.bar.field) {
      const direction = event.shiftKey ? -1 : 1;
      app.search.settled().then(() => app.walk.stepHit(direction));
      return true;
    }
    return false;
  }
  if (target.matches(CHOOSING) || (target.matches(PRESSING) && (key === "Enter" || key === " "))) {
    return false;
  }
  if (target.matches(SCROLLING) && target.scrollHeight > target.clientHeight && /^(ArrowUp|ArrowDown|Page|Home|End)/.test(key)) {
    return false;
  }
  const action = ownAction(app, key);
  action?.();
  return action !== undefined;
}

// While a judgement asks for its reason, the numbers choose one.
function ownAction(app, key) {
  return /^\d$/.test(key) && document.querySelector(REASONS) ? undefined : keyActions(app)[key];
}

function leave(app, target) {
  if (target !== app.bar.field) {
    return false;
  }
  app.grid.element.focus({ preventScroll: true });
  return true;
}

function keyActions(app) {
  const { walk, store, grid } = app;
  const flip = (name) => () => store.set({ [name]: !store.state[name] });
  return {
    ArrowDown: () => walk.step(1),
    j: () => walk.step(1),
    ArrowUp: () => walk.step(-1),
    k: () => walk.step(-1),
    PageDown: () => walk.page(1),
    PageUp: () => walk.page(-1),
    Home: () => walk.toEnd(false),
    End: () => walk.toEnd(true),
    ArrowRight: () => walk.stepPair(1),
    ArrowLeft: () => walk.stepPair(-1),
    Enter: () => {
      walk.toCause();
      grid.element.focus({ preventScroll: true });
    },
    Backspace: () => walk.back(),
    e: () => walk.stepIncident(1),
    E: () => walk.stepIncident(-1),
    n: () => walk.stepHit(1),
    N: () => walk.stepHit(-1),
    1: () => walk.mark("relevant"),
    2: () => walk.mark("spurious"),
    0: () => walk.mark(null),
    s: () => app.bar.save("png"),
    w: flip("wrap"),
    l: flip("later"),
    "/": () => app.bar.field.select(),
    "?": () => app.help.show(),
  };
}

const HELP = [
  ["↓ ↑ / j k", "key_line"],
  ["Page Down / Page Up", "key_page"],
  ["Home / End", "key_ends"],
  ["e / E", "key_incident"],
  ["Enter", "key_cause"],
  ["Backspace", "key_back"],
  ["→ ←", "key_pair"],
  ["1 2 0", "key_mark"],
  ["/", "key_find"],
  ["n / N, F3", "key_hit"],
  ["w", "key_wrap"],
  ["l", "key_later"],
  ["s", "key_save"],
  ["Esc", "key_clear"],
];

export class Help {
  constructor(app) {
    const { say } = app.speech;
    const rows = HELP.map(([keys, word]) => make("div", {}, make("dt", {}, make("kbd", {}, keys)), make("dd", {}, say(word))));
    const close = make("button", { type: "button", click: () => this.element.close() }, say("close"));
    this.element = make("dialog", { class: "help", "aria-label": say("keys") }, make("h2", {}, say("keys")), make("dl", {}, ...rows), close);
    this.element.addEventListener("close", () => app.grid.element.focus({ preventScroll: true }));
  }

  isOpen() {
    return this.element.open;
  }

  show() {
    this.element.showModal();
  }
}
