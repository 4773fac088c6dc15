// Counts down without chatter: the seconds are drawn for the eye only (aria-hidden), and a live
// region speaks once, at the end. The start is in the page's own text.
// data-countdown: seconds left. data-counting: the page's own text with {left} for them, which the eye reads in its
// place, so that the time stands there once; without it they stand behind the text, which says a time of day.
// data-over: what is said at the end. data-reveal: id of what may be used then (a button that was disabled is enabled).
// data-warn-in: seconds until a hidden warning is shown.
"use strict";
{
  const minutes = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  for (const place of document.querySelectorAll("[data-countdown]")) {
    const endsAt = performance.now() + Number(place.dataset.countdown) * 1000;
    const counting = place.dataset.counting || "({left})";
    const digits = document.createElement("span");
    digits.setAttribute("aria-hidden", "true");
    digits.className = "tabular";
    if (place.dataset.counting) {
      const start = document.createElement("span");
      start.className = "visually-hidden";
      start.append(...place.childNodes);
      place.append(start);
    }
    const end = document.createElement("span");
    end.setAttribute("role", "status");
    place.append(" ", digits, end);
    const tick = () => {
      const left = Math.max(0, Math.ceil((endsAt - performance.now()) / 1000));
      if (left > 0) {
        digits.textContent = counting.replace("{left}", minutes(left));
        return;
      }
      window.clearInterval(timer);
      // What the page said of the wait is over; the live region stays where it is, or it would not be read out.
      for (const said of [...place.childNodes]) {
        if (said !== end) said.remove();
      }
      end.textContent = place.dataset.over;
      const held = document.getElementById(place.dataset.reveal);
      if (held) {
        held.disabled = false;
        held.hidden = false;
      }
    };
    const timer = window.setInterval(tick, 1000);
    tick();
  }
  for (const warning of document.querySelectorAll("[data-warn-in]")) {
    window.setTimeout(() => {
      warning.hidden = false;
      warning.textContent = warning.dataset.warning;
    }, Math.max(0, Number(warning.dataset.warnIn)) * 1000);
  }
}
