// The card below the log: the chosen line whole, what it read and what read it, and the chosen pair.

import { cut, gradeOf, make, reveal, signed } from "./parts.js";
import { makePair } from "./pair.js";
import { failureWord, mayBeTried } from "./transport.js";

export class Card {
  constructor(app) {
    this.app = app;
    const { say } = app.speech;
    this.line = make("section", { class: "card-line", "aria-label": say("chosen") });
    this.list = make("section", { class: "card-list", "aria-label": say("pairs"), tabindex: "0" });
    this.detail = make("section", { class: "card-pair", "aria-label": say("pair") });
    this.element = make("div", { class: "card" }, this.line, this.list, this.detail);
    app.store.watch((changed) => this.update(changed));
    this.update(new Set(["chosen", "partner"]));
  }

  update(changed) {
    const has = (...names) => names.some((name) => changed.has(name));
    const { state } = this.app.store;
    this.element.classList.toggle("empty", state.chosen === null);
    if (has("chosen", "detail", "detailState", "overlay", "overlayState")) {
      this.showLine();
    }
    if (has("chosen", "detail", "detailState", "why", "whyState", "later", "marks")) {
      this.showList();
    }
    if (has("chosen", "detail", "detailState", "why", "whyState", "later", "marks", "partner")) {
      this.showChoice();
    }
    if (has("chosen", "detail", "why", "whyState", "later", "partner", "without", "marks")) {
      const pair = this.app.reader.pair();
      const focused = this.detail.contains(this.detail.getRootNode().activeElement) ? this.detail.getRootNode().activeElement.dataset.name : null;
      this.detail.replaceChildren(...(pair ? makePair(this.app, pair) : []));
      if (focused) {
        this.detail.querySelector(`[data-name="${focused}"]`)?.focus();
      }
    }
  }

  // What a text of a failure says, with a button to try again where that may help.
  failure(code, again) {
    const { say } = this.app.speech;
    return make("p", { class: "failed", role: "alert" }, `${say(failureWord(code))} `, mayBeTried(code) && make("button", { type: "button", click: again }, say("again")));
  }

  showLine() {
    const { chosen, detail, detailState } = this.app.store.state;
    const { say, number } = this.app.speech;
    if (chosen === null) {
      this.line.replaceChildren(make("p", { class: "quiet" }, say("choose")));
      return;
    }
    const line = detail ?? this.app.blocks.line(chosen);
    if (!line) {
      this.line.replaceChildren(detailState === "coming" ? make("p", { class: "quiet" }, say("coming")) : this.failure(detailState, () => this.app.reader.retry()));
      return;
    }
    const head = make("header", { "data-grade": gradeOf(line) }, make("b", {}, say("line", { line: line.line })));
    for (const [name, text] of [["level", line.level], ["", line.time], ["", detail?.source], ["", detail?.times ? say("of_kind", { n: detail.times }) : ""]]) {
      if (text) {
        head.append(make("span", { class: name || "quiet" }, text));
      }
    }
    this.line.replaceChildren(head, make("p", { class: "whole", tabindex: "0" }, cut(line.text)));
    if (Math.max(detail?.itself ?? 0, detail?.anchor ?? 0) >= 0.005) {
      this.line.append(make("p", { class: "quiet" }, say("itself", { itself: number(detail.itself, 2), anchor: number(detail.anchor ?? 0, 2) })));
    }
    if (!["", "coming"].includes(detailState)) {
      this.line.append(this.failure(detailState, () => this.app.reader.retry()));
    }
    this.line.append(...this.overlay());
  }

  overlay() {
    const { chosen, overlay, overlayState, method } = this.app.store.state;
    const { say, number } = this.app.speech;
    const button = (label, click) => make("button", { type: "button", class: "plain", click }, label);
    if (overlayState === "waits") {
      return [button(`${say("colour_by")}: ${this.app.data.methods.find(({ id }) => id === method).name}`, () => this.app.overlay.begin())];
    }
    if (overlayState === "coming") {
      return [make("p", { class: "quiet progress", role: "status" }, `${say("computing")} `, button(say("stop"), () => this.app.store.set({ method: "" })))];
    }
    if (overlayState) {
      return [this.failure(overlayState, () => this.app.overlay.run())];
    }
    if (!overlay) {
      return [];
    }
    const delta = overlay.delta === null ? "" : say("overlay_delta", { delta: number(overlay.delta, 3) });
    const told = [say(overlay.share ? "overlay_share" : "overlay"), delta, say("overlay_beats", { beats: overlay.beats })];
    const strongest = overlay.events.find(([event]) => event !== chosen)?.[0];
    const go = () => this.app.reader.choose(strongest, { remember: true });
    const line = strongest === undefined ? 0 : (this.app.blocks.line(strongest)?.line ?? strongest + 1);
    return [make("p", { class: "quiet" }, told.filter(Boolean).join(" "), line > 0 && " ", line > 0 && button(say("strongest", { line }), go))];
  }

  showList() {
    const { detail, detailState, whyState, chosen } = this.app.store.state;
    const { say } = this.app.speech;
    this.rows = [];
    if (chosen === null || !detail) {
      this.list.replaceChildren(chosen !== null && detailState === "coming" ? make("p", { class: "quiet" }, say("coming")) : "");
      return;
    }
    const pairs = this.app.reader.pairs();
    const hidden = detail.reads.length + detail.readBy.length - pairs.length;
    const [reads, readBy] = ["read", "readby"].map((side) => pairs.filter((pair) => pair.side === side));
    const more = (all, told) => (all > told.length ? make("span", { class: "quiet" }, ` ${say("of_all", { n: all })}`) : null);
    const progress =
      whyState === "coming"
        ? make("p", { class: "quiet progress", role: "status" }, say("computing"))
        : whyState
          ? this.failure(whyState, () => this.app.reader.retry())
          : null;
    this.list.replaceChildren(
      ...[
        make("h2", { class: "read" }, say("reads", { n: reads.length }), more(detail.readCount, detail.reads)),
        reads.length ? this.listOf(reads) : make("p", { class: "quiet" }, say("none_other")),
        progress,
        make("h2", { class: "readby" }, say("read_by", { n: readBy.length }), more(detail.readByCount, detail.readBy)),
        readBy.length ? this.listOf(readBy) : make("p", { class: "quiet" }, say("none_other")),
        hidden > 0 && make("button", { type: "button", class: "plain", click: () => this.app.store.set({ later: true }) }, say("show_later", { n: hidden })),
      ].filter(Boolean),
    );
  }

  listOf(pairs) {
    const { say, number } = this.app.speech;
    const most = Math.max(0.01, ...pairs.map(({ weight }) => weight));
    return make(
      "ul",
      {},
      ...pairs.map((pair) => {
        const effect = this.app.reader.effectOf(pair);
        const mark = this.app.reader.markOf(pair);
        const button = make(
          "button",
          { type: "button", class: `pair-row ${pair.side}`, click: () => this.app.reader.choosePair(pair), dblclick: () => this.app.reader.choose(pair.event, { remember: true }) },
          make("span", { class: "pair-line" }, mark && make("b", { title: say(mark) }, mark === "relevant" ? "✓ " : "✗ "), number(pair.line)),
          make("span", { class: "weight", style: `--weight: ${Math.min(1, pair.weight / most)}`, "aria-label": say("weight_of", { weight: number(pair.weight, 2) }) }),
          make("span", { class: "pair-text" }, this.app.short(pair.text).slice(0, 400)),
          effect && make("span", { class: this.toneOf(effect), title: say("effect") }, signed(effect.logits)),
        );
        this.rows.push({ pair, button });
        return make("li", {}, button);
      }),
    );
  }

  toneOf({ logits }) {
    return Math.abs(logits) < 0.05 ? "quiet" : logits > 0 ? "raise" : "lower";
  }

  showChoice() {
    const { partner } = this.app.store.state;
    for (const { pair, button } of this.rows) {
      const chosen = pair.event === partner?.event && pair.side === partner?.side;
      button.setAttribute("aria-pressed", String(chosen));
      if (chosen) {
        reveal(this.list, button);
      }
    }
  }
}
