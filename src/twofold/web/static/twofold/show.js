// Sends a form that has nothing to fill in as soon as the page is there. Its button stays for
// people without scripts, and for those who come back by the browser's back button.
"use strict";
{
  const form = document.querySelector("form[data-submit-at-once]");
  const [navigation] = performance.getEntriesByType("navigation");
  if (form && navigation?.type !== "back_forward") {
    form.requestSubmit();
  }
}
