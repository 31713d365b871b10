"use strict";
/* A field with `data-typed` offers names while somebody types; without this file the page answers with near names. */
(() => {
  const PAUSE = 180;

  const attach = (field, place) => {
    const list = document.createElement("datalist");
    list.id = `offers-${place}`;
    field.after(list);
    field.setAttribute("list", list.id);
    let timer = 0;
    let asked = "";
    const show = (found) => list.replaceChildren(...found.map(({ value, label }) => {
      const option = document.createElement("option");
      option.value = value;
      if (label) { option.label = label; }
      return option;
    }));
    const ask = async () => {
      const word = field.value.trim();
      if (!word || word === asked) { return; }
      asked = word;
      try {
        const answer = await fetch(`${field.dataset.typed}?q=${encodeURIComponent(word)}`, { redirect: "manual" });
        if (answer.ok && field.value.trim() === word) { show((await answer.json()).found); }
      } catch { /* nobody answers: the page will, when it is sent */ }
    };
    field.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, PAUSE); });
  };

  document.querySelectorAll("[data-typed]").forEach(attach);
})();
