// What is said in place of lines: why some could not be fetched, or that none fits what is looked for.

import { make } from "./parts.js";
import { failureWord, mayBeTried } from "./transport.js";

export class Notice {
  constructor(app) {
    this.app = app;
    this.element = make("div", { class: "notice", role: "alert", hidden: true });
  }

  // Say until another line is chosen that there is none of this number.
  check(line, event) {
    if ((this.app.blocks.line(event)?.line ?? line) === line) {
      return;
    }
    this.said = this.app.speech.say("no_line", { line });
    this.tell();
    this.app.store.watch((changed) => {
      if (this.said && changed.has("chosen")) {
        this.said = null;
        this.tell();
      }
    });
  }

  tell() {
    const failures = this.app.blocks.failures();
    const code = failures[0]?.code ?? this.app.overviewFailed;
    const nothing = !code && this.app.store.state.shown?.length === 0;
    this.element.hidden = !code && !nothing && !this.said;
    if (this.said && !code && !nothing) {
      this.element.replaceChildren(make("span", {}, this.said));
      return;
    }
    if (nothing) {
      const all = make("button", { type: "button", click: () => this.app.search.clearFilter() }, this.app.speech.say("clear_filter"));
      this.element.replaceChildren(make("span", {}, `${this.app.speech.say("nothing_fits")} `), all);
      return;
    }
    if (!code) {
      this.element.replaceChildren();
      return;
    }
    const { say } = this.app.speech;
    const again = () => {
      this.app.blocks.retry();
      if (this.app.overviewFailed) {
        this.app.overviewFailed = null;
        this.app.fetchOverview();
      }
    };
    const first = failures.length ? Math.min(...failures.map(({ block }) => block)) * this.app.data.block + 1 : 0;
    const where = first ? `${say("not_fetched", { line: first })} ` : "";
    this.element.replaceChildren(make("span", {}, `${where}${say(failureWord(code))} `, mayBeTried(code) && make("button", { type: "button", click: again }, say("again"))));
  }
}
