"use strict";
/* Says to screen readers what each search-and-choose field is for: the widget that Django brings names it by its value only. */
(() => {
  const name = (box) => {
    const [label] = box.previousElementSibling?.labels || [];
    const choice = box.querySelector(".select2-selection");
    if (!label || !choice) { return; }
    label.id ||= `${label.htmlFor}_label`;
    const value = choice.querySelector(".select2-selection__rendered");
    value.removeAttribute("role");
    value.removeAttribute("aria-readonly");
    choice.setAttribute("aria-labelledby", `${label.id} ${value.id}`.trim());
    choice.querySelector(".select2-search__field")?.setAttribute("aria-labelledby", label.id);
  };

  const look = () => document.querySelectorAll("select + .select2-container:not([data-named])").forEach((box) => {
    box.dataset.named = "";
    name(box);
  });
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
  document.addEventListener("focusin", ({ target }) => {
    if (!target.matches(".select2-dropdown .select2-search__field")) { return; }
    const open = document.querySelector(".select2-container--open .select2-selection");
    target.setAttribute("aria-labelledby", open?.getAttribute("aria-labelledby") || "");
  });
})();
