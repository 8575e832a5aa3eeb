// What Streamlit, or a few lines of script in an offline file, call: with each change of `data`, for the same element.

import { Page } from "./page.js";

const PAGES = new WeakMap();

export default function render({ data, parentElement, setStateValue, setTriggerValue }) {
  const hooks = { setStateValue, setTriggerValue };
  const about = `${data.id}/${data.entry}`;
  let kept = PAGES.get(parentElement);
  clearTimeout(kept?.closing);
  if (kept?.about === about && kept.language === data.language) {
    kept.page.update(data, hooks);
  } else {
    // In another language the same decision opens where it was.
    const state = kept?.about === about ? kept.page.address.state() : data.state;
    kept?.page.close();
    kept = { about, language: data.language, page: new Page(parentElement, { ...data, state }, hooks) };
    PAGES.set(parentElement, kept);
  }
  return () => {
    // A host may clean up only to call again at once.
    kept.closing = setTimeout(() => {
      kept.page.close();
      PAGES.delete(parentElement);
    });
  };
}
