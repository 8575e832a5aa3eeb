// The chosen pair: the other line, its numbers, its effect, removing it, and what a person says of it.

import { cut, make, signed } from "./parts.js";
import { failureWord } from "./transport.js";

export function makePair(app, pair) {
  const { say } = app.speech;
  const go = make("button", { type: "button", class: "plain", "data-name": "go", click: () => goThere(app, pair) }, say("go_there"));
  const head = make("header", { class: pair.side }, make("b", {}, say(pair.side === "read" ? "pair_read" : "pair_read_by", { line: pair.line })), go);
  const text = make("p", { class: "whole", tabindex: "0" }, cut(pair.text));
  return [head, text, facts(app, pair), ...outcome(app, pair), actions(app, pair)].filter(Boolean);
}

function goThere(app, pair) {
  app.reader.choose(pair.event, { remember: true });
  app.grid.element.focus({ preventScroll: true });
}

function facts(app, pair) {
  const { say, number, percent, duration } = app.speech;
  const strongest = pair.strongest ?? {};
  const effect = app.reader.effectOf(pair);
  const apart = [pair.lines && (Math.abs(pair.lines) === 1 ? say("apart_line") : say("apart_lines", { n: Math.abs(pair.lines) })), pair.seconds && duration(pair.seconds)];
  const rows = [
    ["weight", number(pair.weight, 3)],
    ["heads", say("heads_of", { n: pair.heads, all: app.data.heads * app.data.layers })],
    ["margin", strongest.margin === undefined ? "" : number(strongest.margin, 3)],
    ["certificate", strongest.certified === undefined ? "" : say(strongest.certified ? "certified" : "not_certified")],
    ["apart", apart.filter(Boolean).join(", ")],
    ["effect", effect ? `${signed(effect.logits)} (${percent(effect.before)} → ${percent(effect.after)})` : ""],
    ["shared", (pair.shared ?? []).join(", ")],
  ];
  const shown = rows.filter(([, value]) => value);
  return make("dl", {}, ...shown.map(([key, value]) => make("div", {}, make("dt", {}, say(key)), make("dd", {}, value))));
}

// The new verdict beside the old.
function outcome(app, pair) {
  const { without } = app.store.state;
  const { say, percent } = app.speech;
  if (!without || without.partner?.event !== pair.event || without.partner.side !== pair.side) {
    return [];
  }
  if (without.state === "coming") {
    return [make("p", { class: "quiet progress", role: "status" }, say("computing"))];
  }
  if (without.state) {
    return [make("p", { class: "failed", role: "alert" }, say(failureWord(without.state)))];
  }
  const told = ({ label, score, probability }) => `${app.data.labels?.[label] ?? ""} ${probability === null || probability === undefined ? score.toFixed(2) : percent(probability)}`.trim();
  return [make("p", { class: "outcome", role: "status" }, say("without", { before: told(without.before), after: told(without.after) }))];
}

function actions(app, pair) {
  const { say } = app.speech;
  const buttons = [];
  if (app.transport.answers) {
    buttons.push(make("button", { type: "button", "data-name": "remove", click: () => app.reader.remove() }, say("remove")));
  }
  if (app.data.mayMark && pair.strongest) {
    const mark = app.reader.markOf(pair);
    for (const [value, key] of [["relevant", "1"], ["spurious", "2"]]) {
      const pressed = mark === value;
      buttons.push(
        make(
          "button",
          { type: "button", "data-name": value, "aria-pressed": String(pressed), "aria-keyshortcuts": key, click: () => app.reader.mark(pressed ? null : value) },
          say(value),
        ),
      );
    }
  }
  return buttons.length ? make("div", { class: "actions" }, ...buttons) : null;
}
