// The texts in view: blocks that come when they are needed, are given up when they no longer are, and a bounded number kept.

import { cut, Recent } from "./parts.js";
import { codeOf, isAbort, mayPass } from "./transport.js";

const MOST_BLOCKS = 60; // blocks kept
const FETCH_PAUSE = 30; // milliseconds for which a block is wanted before it is fetched: who drags the bar passes most by

export class Blocks {
  constructor(transport, n, size, onChange) {
    Object.assign(this, { transport, n, size, onChange });
    this.kept = new Recent(MOST_BLOCKS);
    this.coming = new Map(); // block -> AbortController
    this.failed = new Map(); // block -> {code, tries, timer}
    this.wanted = new Set();
    this.before = new Set(); // wanted and missing when it was last looked
    this.timer = null;
    this.waiters = new Map(); // block -> functions that wait for it whatever is in view
  }

  // The line of an event, or null while it is not here.
  line(event) {
    const index = Math.floor(event / this.size);
    const block = this.kept.get(index);
    const place = event - index * this.size;
    if (!block || place >= block.text.length) {
      return null;
    }
    return {
      event,
      line: block.line?.[place] ?? event + 1,
      time: block.time?.[place] ?? "",
      level: block.level?.[place] ?? "",
      source: block.source?.[place] ?? "",
      text: cut(block.text[place]),
      grade: block.grade?.[place],
      kind: block.kind?.[place],
    };
  }

  // The failures in view: [{block, code}].
  failures() {
    return [...this.failed].filter(([index]) => this.wanted.has(index)).map(([block, { code }]) => ({ block, code }));
  }

  // Say which events are in view or will soon be.
  want(events) {
    this.wanted = new Set(events.map((event) => Math.floor(event / this.size)));
    this.kept.most = Math.max(MOST_BLOCKS, this.wanted.size + 8);
    for (const [index, control] of this.coming) {
      if (!this.wanted.has(index) && !this.waiters.has(index)) {
        control.abort();
        this.coming.delete(index);
      }
    }
    this.timer ??= setTimeout(() => this.fetchWanted(), this.kept.size ? FETCH_PAUSE : 0);
  }

  // Fetch what is still wanted since the last time; the rest may only be passed by.
  fetchWanted() {
    this.timer = null;
    const missing = [...this.wanted].filter((index) => !this.kept.has(index) && !this.coming.has(index) && !this.failed.has(index));
    const lasting = missing.filter((index) => !this.kept.size || this.before.has(index));
    this.before = new Set(missing);
    lasting.forEach((index) => this.fetch(index));
    if (lasting.length < missing.length) {
      this.timer = setTimeout(() => this.fetchWanted(), FETCH_PAUSE);
    }
  }

  // Wait for the line of an event that may be anywhere. Throws a Failure.
  async fetchLine(event) {
    const index = Math.floor(event / this.size);
    if (!this.kept.has(index)) {
      await new Promise((resolve, reject) => {
        this.waiters.set(index, [...(this.waiters.get(index) ?? []), { resolve, reject }]);
        this.fetch(index);
      });
    }
    return this.line(event);
  }

  async fetch(index) {
    if (this.kept.has(index) || this.coming.has(index) || this.closed) {
      return;
    }
    const control = new AbortController();
    this.coming.set(index, control);
    try {
      const block = await this.transport.block(index, control.signal);
      this.kept.set(index, block);
      this.failed.delete(index);
      this.settle(index, ({ resolve }) => resolve());
    } catch (error) {
      if (isAbort(error)) {
        return;
      }
      this.fail(index, codeOf(error));
      this.settle(index, ({ reject }) => reject(error));
    } finally {
      if (this.coming.get(index) === control) {
        this.coming.delete(index);
      }
    }
    this.onChange();
  }

  settle(index, how) {
    const waiting = this.waiters.get(index) ?? [];
    this.waiters.delete(index);
    waiting.forEach(how);
  }

  fail(index, code) {
    const tries = (this.failed.get(index)?.tries ?? 0) + 1;
    const timer = mayPass(code) ? setTimeout(() => this.again(index), Math.min(30000, 1000 * 2 ** tries)) : null;
    this.failed.set(index, { code, tries, timer });
  }

  again(index) {
    clearTimeout(this.failed.get(index)?.timer);
    if (this.wanted.has(index)) {
      this.fetch(index);
    } else {
      this.failed.delete(index);
    }
  }

  retry() {
    for (const index of [...this.failed.keys()]) {
      this.again(index);
    }
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    this.coming.forEach((control) => control.abort());
    this.failed.forEach(({ timer }) => clearTimeout(timer));
  }
}
