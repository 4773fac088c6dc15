// Looks again now and then, while the page can be seen, and puts what changed in the place of what stood there: each
// element with data-live is one such place, data-every on the first says how many seconds lie between. What is in
// focus stays so, and what is unfolded stays open. The header says that nobody is at it, so that looking keeps no
// session from running out. Without scripts the page is as of when it was opened.
"use strict";
{
  const places = () => [...document.querySelectorAll("[data-live]")];
  const every = 1000 * Number(document.querySelector("[data-every]").dataset.every);
  const linksAndButtons = (place) => [...place.querySelectorAll("a, button, summary")];
  const nameOf = (element) => [element.tagName, element.href, element.textContent].join(" ");

  const put = (place, fresh) => {
    // The day of a chart stands in its table as well.
    if (place.textContent === fresh.textContent) return;
    const open = new Set([...place.querySelectorAll("details[open]")].map((each) => each.id));
    const inFocus = place.contains(document.activeElement) ? nameOf(document.activeElement) : "";
    place.replaceChildren(...fresh.childNodes);
    for (const each of place.querySelectorAll("details")) each.open = open.has(each.id);
    if (!inFocus) return;
    const same = linksAndButtons(place).find((each) => nameOf(each) === inFocus);
    // Who had their place in what is gone goes on from its heading, and not from the top of the page.
    const next = same || place.querySelector("h2");
    if (next && !same) next.tabIndex = -1;
    if (next) next.focus({ preventScroll: true });
  };

  const lookAgain = async () => {
    try {
      const answer = await fetch(window.location.pathname, {
        credentials: "same-origin",
        headers: { "X-Unattended": "1" },
      });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const found = places().map((place) => [place, page.getElementById(place.id)]);
      // Signed out meanwhile, for example: what was typed stays where it is.
      if (found.every(([, fresh]) => !fresh)) return;
      for (const [place, fresh] of found) if (fresh) put(place, fresh);
    } catch {
      // The network was away for a moment.
    }
    wait();
  };

  const wait = () => window.setTimeout(() => (document.hidden ? whenSeen() : lookAgain()), every);
  const whenSeen = () => document.addEventListener("visibilitychange", lookAgain, { once: true });
  wait();
}
