// What happens in the page after an action: bytes from the server, the script's state, when the last thing was drawn.
(() => {
  const seen = { start: 0, sent: 0, received: 0, bytes: 0, change: 0, busy: 0 };
  const Native = window.WebSocket;
  window.WebSocket = class extends Native {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", (event) => {
        seen.received = performance.now();
        seen.bytes += event.data.byteLength ?? event.data.size ?? event.data.length;
      });
    }
    send(data) {
      seen.sent ||= performance.now();
      super.send(data);
    }
  };
  new PerformanceObserver((list) => {
    for (const task of list.getEntries()) seen.busy = Math.max(seen.busy, task.startTime + task.duration);
  }).observe({ type: "longtask", buffered: true });
  const watch = () =>
    new MutationObserver(() => {
      seen.change = performance.now();
    }).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  watch();
  const running = () => document.querySelector("[data-testid='stApp']")?.dataset.testScriptState;
  window.bench = {
    begin() {
      Object.assign(seen, { start: performance.now(), sent: 0, received: 0, bytes: 0, change: 0, busy: 0 });
    },
    // Quiet for this long: nothing runs, nothing is stale, nothing was drawn.
    settled(quiet) {
      const last = Math.max(seen.received, seen.change, seen.busy);
      const idle = running() === "notRunning" && !document.querySelector("[data-stale='true']");
      return seen.received > 0 && idle && performance.now() - last > quiet;
    },
    result() {
      // From the message on: before it lies the hand that draws a box.
      const from = seen.sent || seen.start;
      const screen = Math.max(seen.received, seen.change, seen.busy) - from;
      return { server: seen.received - from, screen, bytes: seen.bytes };
    },
  };
})();
