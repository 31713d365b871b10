"use strict";
/* Drag policies and rules into another order; dropping posts the whole order at once.
   Without this file, and by keyboard, the number of a place is typed. */
(() => {
  const form = document.getElementById("reorder");
  if (!form) { return; }
  const GRIP = "M5 3h2v2H5zm4 0h2v2H9zM5 7h2v2H5zm4 0h2v2H9zm-4 4h2v2H5zm4 0h2v2H9z";
  let dragged = null;

  const grip = () => {
    const place = document.createElement("span");
    place.className = "drag-handle";
    place.setAttribute("aria-hidden", "true");
    place.draggable = true;
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 16 16");
    svg.setAttribute("width", "16");
    svg.setAttribute("height", "16");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", GRIP);
    path.setAttribute("fill", "currentColor");
    svg.append(path);
    place.append(svg);
    return place;
  };

  const items = (list) => [...list.children].filter((one) => one.dataset.id);
  const clear = (list) => items(list).forEach((one) => one.classList.remove("is-before", "is-after"));
  const isBefore = (one, event) => {
    const box = one.getBoundingClientRect();
    return event.clientY < box.top + box.height / 2;
  };

  const send = (list) => {
    form.elements.order.value = items(list).map((one) => one.dataset.id).join(",");
    form.elements.policy.value = list.dataset.policy || "";
    form.elements.of.value = list.dataset.of;
    form.submit();
  };

  const attach = (list) => {
    if (items(list).length < 2) { return; }
    for (const one of items(list)) {
      const handle = grip();
      if (list.dataset.of === "rules") { one.firstElementChild.append(handle); } else { one.querySelector(".policy-head").prepend(handle); }
      handle.addEventListener("dragstart", (event) => {
        dragged = one;
        one.classList.add("is-dragged");
        event.dataTransfer.effectAllowed = "move";
        event.dataTransfer.setData("text/plain", one.dataset.id);
        event.dataTransfer.setDragImage(one, 12, 12);
        event.stopPropagation();
      });
      handle.addEventListener("dragend", () => { one.classList.remove("is-dragged"); clear(list); dragged = null; });
      one.addEventListener("dragover", (event) => {
        if (!dragged || dragged.parentElement !== list) { return; }
        event.preventDefault();
        clear(list);
        if (one !== dragged) { one.classList.add(isBefore(one, event) ? "is-before" : "is-after"); }
      });
      one.addEventListener("drop", (event) => {
        if (!dragged || dragged.parentElement !== list) { return; }
        event.preventDefault();
        event.stopPropagation();
        clear(list);
        if (one === dragged) { return; }
        if (isBefore(one, event)) { one.before(dragged); } else { one.after(dragged); }
        send(list);
      });
    }
  };

  document.querySelectorAll("[data-reorder]").forEach(attach);
})();
