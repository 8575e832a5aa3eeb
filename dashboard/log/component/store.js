// What is chosen and seen just now; parts watch it and are told which of its names changed.

export function makeStore(initial) {
  const state = { ...initial };
  const watchers = new Set();
  const set = (change) => {
    const changed = new Set(Object.keys(change).filter((name) => state[name] !== change[name]));
    if (changed.size) {
      Object.assign(state, change);
      for (const watcher of watchers) {
        watcher(changed);
      }
    }
  };
  return { state, set, watch: (watcher) => watchers.add(watcher) };
}

export const NO_FILTER = { level: "", source: "", reads: "", kind: "", incident: "", flagged: "", from: "", to: "" };

export function isFiltered(filter) {
  return Object.values(filter).some((value) => value !== "");
}
