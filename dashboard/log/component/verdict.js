// The verdict in one line above everything: what was said, whether it may be used, and of which file and model.

import { make } from "./parts.js";
import { makeMenu } from "./menu.js";

export function makeVerdict(app) {
  const { title } = app.data;
  const { say } = app.speech;
  const state = title.state && make("span", { class: `state ${title.tone}` }, title.state);
  const why = title.why ?? [];
  const reasons = why.length ? makeMenu(say("why_state"), make("ul", {}, ...why.map((reason) => make("li", {}, reason)))) : null;
  const facts = [title.file, title.model && say("model", { model: title.model }), title.when].filter(Boolean);
  return make(
    "div",
    { class: "verdict" },
    make("h1", {}, title.verdict),
    state,
    reasons,
    make("span", { class: "facts" }, ...facts.map((fact) => make("span", {}, fact))),
    app.data.mayMark && app.seen.element,
  );
}
