// Has Plotly make a picture of a chart on the page, through the chart's own camera button: the page gives no other way to Plotly.
export default function ({ data, parentElement }) {
  const problem = parentElement.querySelector("[role=alert]");
  for (const button of parentElement.querySelectorAll("button")) {
    const format = button.dataset.format;
    button.textContent = data.words[format];
    button.onclick = () => {
      problem.textContent = save(data.chart, format, data.stem) ? "" : data.words.failed;
    };
  }
}

function save(key, format, filename) {
  const chart = document.querySelector(`.st-key-${CSS.escape(key)} .js-plotly-plot`);
  const camera = chart?._fullLayout?._modeBar?.buttons.flat().find((button) => button.name === "toImage");
  if (!camera) {
    return false;
  }
  const own = chart._context.toImageButtonOptions;
  // Twice as many pixels as on the page, to be legible in print.
  chart._context.toImageButtonOptions = { format, filename, scale: format === "png" ? 2 : 1 };
  try {
    // It reads its options at once and goes on by itself.
    camera.click(chart);
  } finally {
    chart._context.toImageButtonOptions = own;
  }
  return true;
}
