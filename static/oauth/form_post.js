"use strict";
/* OAuth 2.0 Form Post Response Mode: send the form at once; its button stays for browsers without scripts. */
document.addEventListener("DOMContentLoaded", () => {
  const form = document.getElementById("form-post");
  if (form) { form.submit(); }
});
