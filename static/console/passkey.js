// What allauth's passkey scripts can't do: say on the page that it didn't work.
"use strict";
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const place = document.getElementById("passkey_problem");
  if (!place) return;
  place.textContent = place.dataset.text;
  place.hidden = false;
});
