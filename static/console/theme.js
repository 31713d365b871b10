"use strict";
/* Light, dark or the system's choice, kept in this browser; and a copy button where a value is shown.
   Every page reads the same without this file: the theme then follows the system, and a value is selected by hand. */
(() => {
  const root = document.documentElement;
  const stored = () => {
    try { return localStorage.getItem("theme") || "auto"; } catch { return "auto"; }
  };
  const mark = () => {
    for (const button of document.querySelectorAll("[data-set-theme]")) {
      button.setAttribute("aria-pressed", String(button.dataset.setTheme === root.dataset.theme));
    }
  };
  root.dataset.theme = stored();

  document.addEventListener("DOMContentLoaded", () => {
    mark();
    const tab = document.querySelector(".tabs [aria-current]");
    if (tab) { tab.closest(".tabs").scrollLeft = tab.offsetLeft - 40; }
  });
  document.addEventListener("click", async (event) => {
    const theme = event.target.closest("[data-set-theme]");
    if (theme) {
      root.dataset.theme = theme.dataset.setTheme;
      try { localStorage.setItem("theme", theme.dataset.setTheme); } catch { /* private browsing: for this page only */ }
      mark();
      return;
    }
    const copy = event.target.closest("[data-copy]");
    const field = copy && document.getElementById(copy.dataset.copy);
    if (field) {
      field.select();
      await navigator.clipboard.writeText(field.value);
      copy.textContent = copy.dataset.done;
    } else if (!event.target.closest(".usermenu")) {
      document.querySelector(".usermenu[open]")?.removeAttribute("open");
    }
  });
  document.addEventListener("keydown", (event) => {
    const open = document.querySelector(".usermenu[open]");
    if (event.key === "Escape" && open) {
      open.removeAttribute("open");
      open.querySelector("summary").focus();
    }
  });
})();
