"use strict";
/* A part of a page that follows what happens: `data-live` names the address of the part as it is now.
   Asked every two seconds while something moves, rarely otherwise, and not at all while nobody can see it.
   What hasn't changed isn't touched, so that the focus, a selection and a bar's movement stay as they are. */
(() => {
  const SOON = 2000;
  const RARELY = 15000;

  const sameKind = (old, fresh) => old.nodeName === fresh.nodeName && (old.id || "") === (fresh.id || "");

  const follow = (old, fresh) => {
    if (old.isEqualNode(fresh)) { return; }
    if (!sameKind(old, fresh)) { old.replaceWith(fresh); return; }
    if (old.nodeType !== Node.ELEMENT_NODE) { old.nodeValue = fresh.nodeValue; return; }
    for (const { name } of [...old.attributes]) {
      if (!fresh.hasAttribute(name)) { old.removeAttribute(name); }
    }
    for (const { name, value } of [...fresh.attributes]) {
      if (old.getAttribute(name) !== value) { old.setAttribute(name, value); }
    }
    const had = [...old.childNodes];
    const has = [...fresh.childNodes];
    has.forEach((node, at) => (had[at] ? follow(had[at], node) : old.append(node)));
    had.slice(has.length).forEach((node) => node.remove());
  };

  const put = (place, text) => {
    const focused = document.activeElement?.id;
    const fresh = new DOMParser().parseFromString(text, "text/html").body.firstElementChild;
    const status = document.getElementById(place.dataset.liveStatus);
    follow(place.firstElementChild, fresh);
    const shown = place.firstElementChild;
    // Only a change of this sentence is read aloud, not every number of the tables.
    if (status && status.textContent !== shown.dataset.status) { status.textContent = shown.dataset.status; }
    if (focused && document.activeElement === document.body) { document.getElementById(focused)?.focus(); }
    return shown.dataset.busy === "1";
  };

  const watch = (place) => {
    let timer = 0;
    const plan = (isBusy) => {
      clearTimeout(timer);
      if (!document.hidden) { timer = setTimeout(ask, isBusy ? SOON : RARELY); }
    };
    const ask = async () => {
      let isBusy = false;
      try {
        const answer = await fetch(place.dataset.live, { redirect: "manual" });
        // Signed out, or not allowed any more: the page stays as it was read.
        if (answer.type === "opaqueredirect" || answer.status === 403) { return; }
        if (answer.ok) { isBusy = put(place, await answer.text()); }
      } catch { /* nobody answers: ask again later */ }
      plan(isBusy);
    };
    document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : ask()));
    plan(place.firstElementChild.dataset.busy === "1");
  };

  document.querySelectorAll("[data-live]").forEach(watch);
})();
