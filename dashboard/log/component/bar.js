// One row above the log: search with its hits, filters, how lines are shown, and what can be taken away.

import { lowerBound, make } from "./parts.js";
import { closeMenu, makeChoice, makeMenu, makeSwitch } from "./menu.js";
import { MOST_SAVED, saveCsv, saveIncidents, savePicture } from "./save.js";
import { isFiltered } from "./store.js";
import { codeOf, failureWord } from "./transport.js";

const BAD = { bad: "bad_pattern", bad_time: "bad_time" };

export class Bar {
  constructor(app) {
    this.app = app;
    const { say } = app.speech;
    const { store, search } = app;
    const flip = (name) => () => store.set({ [name]: !store.state[name] });
    const filter = (name) => (value) => search.set({ filter: { [name]: value } });
    this.field = make("input", {
      type: "search",
      class: "field",
      placeholder: say("find"),
      "aria-label": say("find"),
      spellcheck: "false",
      maxlength: "200",
      autocomplete: "off",
      input: () => search.type(this.field.value),
    });
    this.regex = makeSwitch(".*", () => search.set({ regex: !store.state.regex }));
    this.regex.button.title = say("pattern");
    this.regex.button.setAttribute("aria-label", say("pattern"));
    this.only = makeSwitch(say("only"), () => search.set({ only: !store.state.only }));
    this.count = make("span", { class: "count", "aria-live": "polite" });
    const step = (sign, label, way) => make("button", { type: "button", "aria-label": label, title: label, click: () => app.walk.stepHit(way) }, sign);
    this.steps = make("span", { class: "group" }, step("↑", say("before_hit"), -1), step("↓", say("next_hit"), 1), this.only.button);
    this.level = makeChoice(say("level"), [["", say("all_levels")]], filter("level"));
    this.source = makeChoice(say("source"), [["", say("all_sources")]], filter("source"));
    this.reads = makeChoice(say("reads_of"), [["", say("all_sources")]], filter("reads"));
    this.around = makeSwitch(say("around"), () => search.set({ around: !store.state.around }));
    this.flagged = makeSwitch(say("only_flagged"), () => search.set({ filter: { flagged: store.state.filter.flagged ? "" : "1" } }));
    this.kind = makeSwitch(say("this_kind"), () => this.toggleKind());
    this.incident = makeSwitch(say("this_incident"), () => this.toggleIncident());
    const bound = (name) =>
      make("input", { type: "text", size: "14", maxlength: "40", placeholder: say("time"), change: (event) => search.set({ filter: { [name]: event.target.value.trim() } }) });
    this.bounds = { from: bound("from"), to: bound("to") };
    this.clear = make("button", { type: "button", class: "clear", hidden: true, click: () => search.clearFilter() }, say("clear_filter"));
    this.fold = makeSwitch(say("fold"), flip("fold"));
    this.fold.button.title = say("fold_help");
    this.wrap = makeSwitch(say("wrap"), flip("wrap"));
    this.later = makeSwitch(say("later"), flip("later"));
    this.method = makeChoice(say("colour_by"), [["", say("no_colour")], ...app.data.methods.map(({ id, name }) => [id, name])], (method) =>
      store.set({ method }),
    );
    const labelled = (label, element) => make("label", {}, make("span", {}, label), element);
    this.element = make(
      "div",
      { class: "bar", role: "search", "aria-label": say("find_and_filter") },
      make("span", { class: "group grow" }, this.field, this.regex.button),
      this.steps,
      this.count,
      this.level.select,
      this.source.select,
      (this.menu = makeMenu(
        say("filter"),
        labelled(say("from"), this.bounds.from),
        labelled(say("to"), this.bounds.to),
        (this.joined = labelled(say("reads_of"), this.reads.select)),
        this.around.button,
        app.data.flagged > 0 && this.flagged.button,
        this.kind.button,
        app.transport.answers && !app.data.waiting && this.incident.button,
        make("hr"),
        app.transport.answers && app.data.methods.length > 0 && labelled(say("colour_by"), this.method.select),
        this.later.button,
      )),
      this.clear,
      make("span", { class: "group" }, this.fold.button, this.wrap.button),
      makeMenu(say("save"), ...this.files()),
      make("button", { type: "button", "aria-label": say("keys"), title: say("keys"), click: () => app.help.show() }, "?"),
    );
    store.watch((changed) => this.update(changed));
    this.update(new Set());
  }

  files() {
    const { say } = this.app.speech;
    const failed = (error) => this.app.announce(say(failureWord(codeOf(error))));
    const begin = (save) => {
      closeMenu(this.element);
      save().catch(failed);
    };
    const entry = (label, save) => make("button", { type: "button", click: () => begin(save) }, label);
    this.save = (kind) => begin(() => savePicture(this.app, kind));
    this.foundFile = entry(say("csv_found", { n: MOST_SAVED }), () => saveCsv(this.app, true));
    return [
      make("button", { type: "button", click: () => this.save("png") }, say("png")),
      make("button", { type: "button", click: () => this.save("svg") }, say("svg")),
      entry(say("csv_view"), () => saveCsv(this.app, false)),
      this.foundFile,
      this.app.data.incidents.length > 0 && entry(say("csv_incidents"), () => saveIncidents(this.app)),
    ];
  }

  toggleKind() {
    const { state } = this.app.store;
    const kind = state.filter.kind === "" ? state.detail?.kind : "";
    if (kind !== undefined) {
      this.app.search.set({ filter: { kind: String(kind) } });
    }
  }

  toggleIncident() {
    const { state } = this.app.store;
    const place = state.filter.incident === "" ? this.app.incidents.placeOf(state.chosen) : "";
    this.app.search.set({ filter: { incident: String(place) } });
  }

  update(changed) {
    const { state } = this.app.store;
    const { say } = this.app.speech;
    if (changed.has("overview") && state.overview) {
      const { levels = [], sources = [] } = state.overview;
      this.level.fill([["", say("all_levels")], ...levels.map((level) => [level, level])]);
      this.source.fill([["", say("all_sources")], ...sources.map((source) => [source, source])]);
      this.reads.fill([["", say("all_sources")], ...sources.map((source) => [source, source])]);
      this.source.select.hidden = sources.length < 2 || !this.app.transport.answers;
      this.joined.hidden = this.source.select.hidden || Boolean(this.app.data.waiting);
      this.level.select.hidden = levels.length < 2;
    }
    if (this.field.value !== state.find && this.field.getRootNode().activeElement !== this.field) {
      this.field.value = state.find;
    } else if (!state.find && changed.has("find")) {
      this.field.value = "";
    }
    this.level.select.value = state.filter.level;
    this.source.select.value = state.filter.source;
    this.reads.select.value = state.filter.reads;
    this.method.select.value = state.method;
    for (const [name, input] of Object.entries(this.bounds)) {
      input.value = state.filter[name];
    }
    for (const name of ["regex", "only", "around", "fold", "wrap", "later"]) {
      this[name].set(state[name]);
    }
    this.kind.set(state.filter.kind !== "");
    this.flagged.set(state.filter.flagged !== "");
    this.incident.set(state.filter.incident !== "");
    this.incident.button.disabled = state.filter.incident === "" && !this.app.incidents.at(state.chosen);
    this.kind.button.disabled = state.filter.kind === "" && state.detail?.kind === undefined;
    this.steps.hidden = !state.hits;
    this.clear.hidden = !isFiltered(state.filter);
    this.menu.classList.toggle("on", isFiltered(state.filter) || state.around || state.method !== "");
    this.foundFile.disabled = !state.hits && !state.shown;
    this.count.textContent = this.counted();
    this.count.classList.toggle("failed", !["", "coming"].includes(state.findState));
  }

  counted() {
    const { findState, hits, fitting, chosen } = this.app.store.state;
    const { say } = this.app.speech;
    if (findState === "coming") {
      return say("coming");
    }
    if (findState) {
      return say(BAD[findState] ?? failureWord(findState));
    }
    const found = hits ?? fitting;
    if (!found) {
      return "";
    }
    const place = hits && chosen !== null ? lowerBound(hits, chosen) : -1;
    if (place >= 0 && hits[place] === chosen) {
      return say("found_at", { place: place + 1, n: found.length });
    }
    return say(this.app.transport.whole ? "found" : "found_here", { n: found.length });
  }
}
