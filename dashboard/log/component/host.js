// What Streamlit, or a few lines of script in an offline file, call: with each change of `data`, for the same element.

import { Page } from "./page.js";

const PAGES = new WeakMap();
const SHOWN = new Map(); // pages by the id of their log
let left = null; // of the last page that closed: the id of its log, and its place

export default function render({ data, parentElement, setStateValue, setTriggerValue }) {
  const hooks = { setStateValue, setTriggerValue };
  const about = `${data.id}/${data.entry}`;
  let kept = PAGES.get(parentElement);
  clearTimeout(kept?.closing);
  if (kept?.about === about && kept.language === data.language) {
    kept.page.update(data, hooks);
  } else {
    // In another language a log opens where it was, and so does a log that has waited for its verdict.
    const place = kept?.about === about ? kept.page.place() : placeIn(data.waited);
    kept?.page.close();
    kept = { about, language: data.language, page: new Page(parentElement, { ...data, state: place ?? data.state }, hooks) };
    PAGES.set(parentElement, kept);
    SHOWN.set(data.id, kept.page);
    if (place) {
      kept.page.address.again();
    }
  }
  return () => {
    // A host may clean up only to call again at once.
    kept.closing = setTimeout(() => {
      const { page } = kept;
      left = { id: page.data.id, place: page.place() };
      page.close();
      PAGES.delete(parentElement);
      if (SHOWN.get(left.id) === page) {
        SHOWN.delete(left.id);
      }
    });
  };
}

function placeIn(log) {
  return SHOWN.get(log)?.place() ?? (left !== null && left.id === log ? left.place : null);
}
