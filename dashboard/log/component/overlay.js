// An attribution over the lines as colour, by the method that was chosen, for the chosen line. Slow methods wait for a click.

import { codeOf, isAbort } from "./transport.js";

const COLOUR_PAUSE = 300; // milliseconds on a line before it is asked for

export class Overlay {
  constructor(app) {
    this.app = app;
    this.control = new AbortController();
    app.store.watch((changed) => {
      const { method, chosen } = app.store.state;
      if (changed.has("method") || (changed.has("chosen") && method)) {
        this.clear();
        clearTimeout(this.timer);
        if (!app.data.methods.find(({ id }) => id === method)?.slow) {
          this.timer = setTimeout(() => this.run(), COLOUR_PAUSE);
        } else if (chosen !== null) {
          app.store.set({ overlayState: "waits" });
        }
      }
    });
  }

  clear() {
    this.control.abort();
    this.show({ overlay: null, overlayState: "" });
  }

  // What was pressed goes: the keys belong to the log again.
  begin() {
    this.app.grid.element.focus({ preventScroll: true });
    this.run();
  }

  async run() {
    const { method, chosen } = this.app.store.state;
    if (!method || chosen === null) {
      return;
    }
    this.control = new AbortController();
    const { signal } = this.control;
    this.app.store.set({ overlayState: "coming" });
    try {
      const overlay = await this.app.transport.overlay(chosen, method, signal);
      if (!signal.aborted) {
        this.show({ overlay, overlayState: "" });
      }
    } catch (error) {
      if (!isAbort(error)) {
        this.app.store.set({ overlayState: codeOf(error) });
      }
    }
  }

  show(change) {
    const events = change.overlay?.events ?? [];
    const most = events.reduce((found, [, value]) => Math.max(found, Math.abs(value)), 1e-12);
    this.app.grid.values = new Map(events.map(([event, value]) => [event, value / most]));
    this.app.store.set(change);
    this.app.minimap.refresh();
  }

  close() {
    this.control.abort();
    clearTimeout(this.timer);
  }
}
