// In a file: draw the log in the language that is chosen above it, with what the file carries. This follows the component, which
// has `render`; in a block of its own, it shares no names with it.
{
  const carried = JSON.parse(document.getElementById("log-data").textContent);
  const root = document.getElementById("log").attachShadow({ mode: "open" });
  root.append(Object.assign(document.createElement("style"), { textContent: carried.style }));
  const draw = (language) => render({ data: { ...carried.given[language], offline: carried.offline }, parentElement: root });
  const choices = document.querySelectorAll("input[name=language]");
  choices.forEach((choice) => choice.addEventListener("change", () => draw(choice.value)));
  draw([...choices].find((choice) => choice.checked).value);
}
