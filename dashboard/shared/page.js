// Told in every run: the page's language, and the words that style.css shows. Heard from then on: Ctrl+Enter, clicks on maps.
export default function ({ data }) {
  const page = document.documentElement;
  page.lang = data.language;
  for (const [name, word] of Object.entries(data.words)) page.style.setProperty(`--word-${name}`, JSON.stringify(word));
  if (data.keep) document.cookie = `${data.keep}=${data.language}; path=/; max-age=31536000; samesite=strict`;
  if (window.sparsemixListens) return;
  window.sparsemixListens = true;
  window.addEventListener("keydown", send, true);
  window.addEventListener("mousedown", letMapsHearClicks, true);
}

// Ctrl+Enter sends the review wherever the focus is. Streamlit's own shortcut does not reach a button or a radio in focus: these
// take Enter for a press, and the press would take back the mark that was just given.
function send(event) {
  const button = document.querySelector(".st-key-review_submit button");
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing || !button) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (event.repeat) return;
  // A field hands over what was typed when it loses the focus; the press has to come after.
  document.activeElement?.blur();
  setTimeout(() => button.click());
}

// Where a box can be drawn, Streamlit has Plotly report boxes alone; a click on a cell or a pair counts as well.
function letMapsHearClicks(event) {
  const layout = event.target.closest?.(".js-plotly-plot")?._fullLayout;
  if (layout?.dragmode === "select") layout.clickmode = "event+select";
}
