"use strict";
/* The system log's list: what is new appears at the top, in the order of the log, until somebody pauses it.
   Asked every three seconds, and not at all while nobody can see it or a page further down is shown. */
(() => {
  const PAUSE = 3000;
  const MOST = 200;

  const idOf = (row) => Number(row.querySelector("[data-event]")?.dataset.event);

  const tail = (place) => {
    const [badge, button] = place.children;
    let beyond = place.dataset.beyond;
    let timer = 0;
    let isPaused = false;

    const say = (word, tone) => {
      if (badge.textContent !== word) { badge.textContent = word; }
      badge.className = `badge ${tone}`;
    };
    const body = () => document.querySelector("#result_list tbody");

    const add = (row) => {
      const rows = [...body().rows];
      const id = idOf(row);
      if (rows.some((one) => idOf(one) === id)) { return; }
      row.classList.add("is-new");
      const older = rows.find((one) => idOf(one) < id);
      if (older) { older.before(row); } else { body().append(row); }
    };

    const put = (text) => {
      const found = new DOMParser().parseFromString(text, "text/html").body.firstElementChild;
      const fresh = [...found.querySelectorAll("#result_list tbody tr")];
      beyond = found.dataset.beyond;
      if (!fresh.length) { return; }
      // The list was empty, or there is a gap: only reading it again shows it whole.
      if (!body() || found.dataset.more) { location.reload(); return; }
      document.querySelectorAll("tr.is-new").forEach((row) => row.classList.remove("is-new"));
      fresh.forEach(add);
      [...body().rows].slice(MOST).forEach((row) => row.remove());
    };

    const plan = () => {
      clearTimeout(timer);
      if (!isPaused && !document.hidden) { timer = setTimeout(ask, PAUSE); }
    };

    const ask = async () => {
      try {
        const url = new URL(place.dataset.tail, location.href);
        url.searchParams.set("beyond", beyond);
        const answer = await fetch(url, { redirect: "manual" });
        // Signed out, or not allowed any more: the page stays as it was read.
        if (answer.type === "opaqueredirect" || answer.status === 403) { place.hidden = true; return; }
        if (!answer.ok) { throw new Error(answer.statusText); }
        const text = await answer.text();
        if (isPaused) { return; }
        put(text);
        say(place.dataset.live, "success");
      } catch {
        if (!isPaused) { say(place.dataset.lost, "warn"); }
      }
      plan();
    };

    button.addEventListener("click", () => {
      isPaused = !isPaused;
      button.textContent = isPaused ? place.dataset.goOn : place.dataset.pause;
      say(isPaused ? place.dataset.paused : place.dataset.live, isPaused ? "" : "success");
      if (isPaused) { clearTimeout(timer); } else { ask(); }
    });
    document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : isPaused || ask()));
    button.textContent = place.dataset.pause;
    say(place.dataset.live, "success");
    place.hidden = false;
    plan();
  };

  document.querySelectorAll("[data-tail]").forEach(tail);
})();
