// Scrolls once to where it stands on the page, and stays there while the parts above it are still growing.
const BAR = 64; // pixels of the page's own bar, which lies over its upper edge

export default function ({ data, parentElement }) {
  if (window.sparsemixShown === data.once) return;
  window.sparsemixShown = data.once;
  const page = document.querySelector("[data-testid=stMainBlockContainer]");
  const here = parentElement.host ?? parentElement;
  const main = document.querySelector("[data-testid=stMain]"); // alone: what lies around it would be shoved out of sight
  const goHere = () => main.scrollBy(0, here.getBoundingClientRect().top - main.getBoundingClientRect().top - BAR);
  const growing = new ResizeObserver(goHere);
  growing.observe(page);
  const stop = () => growing.disconnect();
  // Whoever scrolls or does something else wants to be where they go.
  for (const act of ["wheel", "touchstart", "pointerdown", "keydown"]) window.addEventListener(act, stop, { once: true, capture: true });
  setTimeout(stop, 3000);
}
