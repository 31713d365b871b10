"use strict";
/* The address names a field of the form (#id_…): the keyboard begins there. */
(() => {
  const begin = () => {
    const id = decodeURIComponent(location.hash.slice(1));
    const field = id.startsWith("id_") && document.getElementById(id);
    if (!field) { return; }
    const own = field.matches("input, select, textarea") ? field : field.querySelector("input, select, textarea");
    const shown = own?.classList.contains("select2-hidden-accessible") ? own.nextElementSibling?.querySelector("[tabindex], input") : own;
    shown?.focus({ preventScroll: true });
    field.closest(".form-row")?.scrollIntoView({ block: "center" });
  };
  addEventListener("load", begin);
  addEventListener("hashchange", begin);
})();
