// A button that opens a small panel below it; Escape or a press elsewhere closes it.

import { make } from "./parts.js";

export function makeMenu(label, ...children) {
  const menu = make("details", { class: "menu" }, make("summary", {}, label), make("div", { class: "panel" }, ...children));
  menu.addEventListener("toggle", () => {
    if (menu.open) {
      const root = menu.getRootNode();
      const close = (event) => {
        if (!event.composedPath().includes(menu)) {
          menu.open = false;
          root.removeEventListener("pointerdown", close);
        }
      };
      root.addEventListener("pointerdown", close);
    }
  });
  return menu;
}

// Close the panel that is open around an element, and give its button the focus. Returns whether there was one.
export function closeMenu(root) {
  const menu = root.querySelector(".menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
  return menu !== null;
}

export function makeSwitch(label, changed) {
  const button = make("button", { type: "button", class: "switch", "aria-pressed": "false", click: () => changed() }, label);
  return { button, set: (on) => button.setAttribute("aria-pressed", String(on)) };
}

export function makeChoice(label, options, changed) {
  const select = make("select", { "aria-label": label, change: () => changed(select.value) });
  const fill = (all) => select.replaceChildren(...all.map(([value, text]) => make("option", { value }, text)));
  fill(options);
  return { select, fill };
}
