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
}
