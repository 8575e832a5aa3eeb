// Copying: where nothing is marked, the chosen line is copied whole, with what is folded away.

export function copyWhole(app, root) {
  root.addEventListener("copy", (event) => {
    const { chosen } = app.store.state;
    const line = chosen === null ? null : app.blocks.line(chosen);
    if (line && !String(window.getSelection()) && !event.composedPath()[0].matches?.("input")) {
      event.clipboardData.setData("text/plain", line.text);
      event.preventDefault();
      app.announce(app.speech.say("copied", { line: line.line }));
    }
  });
}
