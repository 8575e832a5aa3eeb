// Which lines are shown, as rows: all of them, or those that were found.

import { lowerBound } from "./parts.js";

export class Order {
  constructor(app) {
    this.app = app;
  }

  get shown() {
    return this.app.store.state.shown;
  }

  get rows() {
    return this.shown ? this.shown.length : this.app.data.n;
  }

  eventOf(row) {
    return this.shown ? this.shown[row] : row;
  }

  // The row of an event, or of the next that is shown.
  rowOf(event) {
    return this.shown ? lowerBound(this.shown, event) : event;
  }

  isShown(event) {
    const row = this.rowOf(event);
    return row < this.rows && this.eventOf(row) === event;
  }

  // Whether an event is shown only because one near it fits.
  isAround(event) {
    const { around, fitting } = this.app.store.state;
    return around && this.shown !== null && fitting[lowerBound(fitting, event)] !== event;
  }
}

// Where a pause lies before a line, or another source begins: event -> {name, said}.
export function breaksOf({ gaps = [], starts = [] }, { say, duration }) {
  const pauses = gaps.map(([event, seconds]) => [event, { name: "pause", said: say("pause", { length: duration(seconds) }) }]);
  return new Map([...pauses, ...starts.filter(Boolean).map((event) => [event, { name: "begin", said: say("begins") }])]);
}
