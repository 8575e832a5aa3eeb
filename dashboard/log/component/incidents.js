// The incidents beside the log: what happened, best first, why it is shown, and what led to it.

import { make, reveal } from "./parts.js";

export class Incidents {
  constructor(app) {
    this.app = app;
    this.list = make("ol", { class: "incidents-list" });
    this.element = make("nav", { class: "incidents", "aria-label": app.speech.say("incidents") }, this.list);
    this.buttons = new Map();
    this.byLine = false;
    this.update(app.data.incidents);
    app.store.watch((changed) => {
      if (changed.has("fold")) {
        this.update(app.data.incidents);
      } else if (changed.has("chosen")) {
        this.choose();
      }
    });
  }

  // The incident whose line this is.
  at(event) {
    return this.byEvent.get(event);
  }

  // The place of an incident in the list that the server knows.
  placeOf(event) {
    return this.app.data.incidents.findIndex((incident) => incident.event === event);
  }

  update(incidents) {
    this.byEvent = new Map(incidents.map((incident) => [incident.event, incident]));
    this.events = Uint32Array.from(incidents.filter(({ routine }) => !routine).map(({ event }) => event)).sort();
    this.buttons.clear();
    const { say } = this.app.speech;
    const [told, routine] = [incidents.filter((one) => !one.routine), incidents.filter((one) => one.routine)];
    const items = told.map((incident, place) => [incident, this.item(incident, place + 1)]);
    const shown = this.byLine ? items.toSorted(([one], [other]) => one.event - other.event) : items;
    this.list.replaceChildren(...shown.map(([, item]) => item));
    const order = make("button", { type: "button", class: "plain", click: () => this.turn() }, say(this.byLine ? "best_first" : "by_line"));
    this.element.replaceChildren(make("h2", {}, say("incidents"), (told.length > 0 || !this.app.data.waiting) && make("span", { class: "quiet" }, ` ${told.length}`), told.length > 1 && order));
    this.element.append(told.length ? this.list : make("p", { class: "quiet" }, this.app.data.waiting ?? say("no_incidents")));
    if (this.app.data.flagged > told.length) {
      this.element.append(make("p", { class: "quiet" }, say("flagged", { n: this.app.data.flagged })));
    }
    if (routine.length) {
      const items = routine.map((incident, place) => this.item(incident, told.length + place + 1));
      this.element.append(make("details", {}, make("summary", {}, say("routine", { n: routine.length })), make("ol", {}, ...items)));
    }
    this.choose();
  }

  // From the order of importance to that of the log, and back.
  turn() {
    this.byLine = !this.byLine;
    this.update(this.app.data.incidents);
    this.element.querySelector("h2 button").focus();
  }

  item(incident, place) {
    const { say } = this.app.speech;
    const badges = [
      incident.must && make("span", { class: "badge must" }, say("must")),
      incident.isNew && make("span", { class: "badge" }, say("new")),
      incident.count > 1 && make("span", { class: "quiet" }, say("lines", { n: incident.count })),
    ];
    const button = make(
      "button",
      { type: "button", class: "incident-button", click: () => this.go(incident.event) },
      make("span", { class: "incident-head" }, make("span", { class: "place" }, String(place)), make("b", {}, say("line", { line: incident.line })), ...badges),
      make("span", { class: "incident-text" }, this.app.short(incident.text).slice(0, 300)),
    );
    this.buttons.set(incident.event, button);
    const causes = (incident.causes ?? []).map((cause) =>
      make("button", { type: "button", class: "cause", title: cause.said, click: () => this.go(cause.event, incident.event) }, make("span", {}, cause.said)),
    );
    return make(
      "li",
      {},
      button,
      incident.why && make("p", { class: "why", title: incident.why }, incident.why),
      incident.remark && make("p", { class: "why quiet" }, incident.remark),
      causes.length > 0 && make("div", { class: "causes" }, ...causes),
    );
  }

  go(event, from = null) {
    if (from !== null && this.app.store.state.chosen !== from) {
      this.app.reader.choose(from, { remember: true, reveal: false });
    }
    this.app.reader.choose(event, { remember: true });
    this.app.grid.element.focus({ preventScroll: true });
  }

  choose() {
    const { chosen } = this.app.store.state;
    for (const [event, button] of this.buttons) {
      if (event === chosen) {
        button.setAttribute("aria-current", "true");
        reveal(this.element, button);
      } else {
        button.removeAttribute("aria-current");
      }
    }
  }
}
