// Sends a form that has nothing to fill in as soon as the page is there. Its button stays for
// people without scripts, for those who come back by the browser's back button, and where an
// error is shown, so that nothing is sent again and again.
"use strict";
{
  const form = document.querySelector("form[data-submit-at-once]");
  const [navigation] = performance.getEntriesByType("navigation");
  const isRefused = document.querySelector(".notice.bad, .wrong") !== null;
  if (form && !isRefused && navigation?.type !== "back_forward") {
    form.requestSubmit();
  }
}
