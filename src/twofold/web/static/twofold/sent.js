// Says how far a code got as soon as that is known, without loading the page anew: what is typed stays, and nothing is
// sent but the question. data-watch holds, as JSON, where to ask (`path`), the sentence for each state with whether it
// is a failure (`said`), and for how many seconds the code counts (`seconds`). The element is a live region, so that a
// new sentence is read out. Without scripts "reload" says the same.
"use strict";
{
  for (const place of document.querySelectorAll("[data-watch]")) {
    const { path, said, seconds } = JSON.parse(place.dataset.watch);
    const over = performance.now() + 1000 * seconds;
    const soon = performance.now() + 60000;
    const ended = new Set(["delivered", "undelivered", "failed"]);

    const say = (state) => {
      if (!(state in said)) return;
      const [sentence, failed] = said[state];
      if (place.textContent === sentence) return;
      place.classList.toggle("notice", failed);
      place.classList.toggle("warn", failed);
      place.textContent = sentence;
    };

    const look = async () => {
      try {
        const answer = await fetch(path, { credentials: "omit", headers: { "X-Unattended": "1" } });
        // No longer known: what stands there stays.
        if (answer.status === 404) return;
        if (answer.ok) {
          const state = (await answer.text()).trim();
          say(state);
          if (ended.has(state)) return;
        }
      } catch {
        // The network was away for a moment.
      }
      wait();
    };

    const wait = () => {
      const now = performance.now();
      if (now > over) return;
      window.setTimeout(() => (document.hidden ? whenSeen() : look()), now < soon ? 2000 : 5000);
    };
    const whenSeen = () => document.addEventListener("visibilitychange", look, { once: true });
    window.setTimeout(look, 1000);
  }
}
