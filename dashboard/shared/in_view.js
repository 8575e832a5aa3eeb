// Scrolls once to where it stands on the page, and stays there while the parts above it are still growing.
export default function ({ data, parentElement }) {
  if (window.sparsemixShown === data.once) return;
  window.sparsemixShown = data.once;
  const page = document.querySelector("[data-testid=stMainBlockContainer]");
  const here = parentElement.host ?? parentElement;
  here.style.scrollMarginTop = "4rem"; // below the page's own bar
  const growing = new ResizeObserver(() => here.scrollIntoView({ block: "start" }));
  growing.observe(page);
  const stop = () => growing.disconnect();
  // Whoever scrolls or does something else wants to be where they go.
  for (const act of ["wheel", "touchstart", "pointerdown", "keydown"]) window.addEventListener(act, stop, { once: true, capture: true });
  setTimeout(stop, 3000);
}
