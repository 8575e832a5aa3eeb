// What Streamlit, or a few lines of script in an offline file, call: with each change of `data`, for the same element.

import { Page } from "./page.js";

const PAGES = new WeakMap();
let waiting = null; // the page of the last log without a verdict, until its verdict takes its place

export default function render({ data, parentElement, setStateValue, setTriggerValue }) {
  const hooks = { setStateValue, setTriggerValue };
  const about = `${data.id}/${data.entry}`;
  let kept = PAGES.get(parentElement);
  clearTimeout(kept?.closing);
  if (kept?.about === about && kept.language === data.language) {
    kept.page.update(data, hooks);
  } else {
    const before = kept?.page.data.id === data.id ? kept.page : takePlace(data);
    const place = before?.place();
    kept?.page.close();
    kept = { about, language: data.language, page: new Page(parentElement, { ...data, state: place ?? data.state }, hooks) };
    PAGES.set(parentElement, kept);
    waiting = data.waiting ? kept.page : waiting;
    if (place) {
      kept.page.address.again();
    }
  }
  return () => {
    // A host may clean up only to call again at once.
    kept.closing = setTimeout(() => {
      kept.page.close();
      PAGES.delete(parentElement);
    });
  };
}

// Return the page whose log has waited for this verdict, once: later the verdict has a place of its own.
function takePlace({ waited }) {
  const page = waiting && waiting.data.id === waited ? waiting : null;
  waiting = page ? null : waiting;
  return page;
}
