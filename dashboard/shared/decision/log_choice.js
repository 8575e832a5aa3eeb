// Tells the page which line and pair are chosen in the log. They stand in the address, where the log writes them.
const OFTEN = 250; // milliseconds
const SETTLED = 1300; // milliseconds: the host writes an older address first, and the log its own a second later

export default function ({ data, setStateValue }) {
  let last = "";
  let since = 0;
  const look = () => {
    const asked = new URL(window.location.href).searchParams;
    const chosen = `${asked.get("line") ?? ""} ${asked.get("with") ?? ""}`.trim();
    if (chosen !== last) {
      last = chosen;
      since = performance.now();
    } else if (chosen && chosen !== data.chosen && performance.now() - since > SETTLED) {
      data.chosen = chosen;
      setStateValue("chosen", chosen);
    }
  };
  const timer = setInterval(look, OFTEN);
  return () => clearInterval(timer);
}
