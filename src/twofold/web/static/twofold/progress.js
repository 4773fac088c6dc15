// Looks again every two seconds while something is being made: data-progress names the element whose content is then
// replaced, and the live region in it that is kept, so that its new words are spoken.
// Without scripts the page has a link that does the same.
"use strict";
{
  const lookAgain = async () => {
    const shown = document.querySelector("[data-progress]");
    try {
      const answer = await fetch(window.location.href, {
        credentials: "same-origin",
        headers: { "X-Unattended": "1" },
      });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(shown.id);
      // Signed out meanwhile, for example: the link on the page leads to what there is to do.
      if (!fresh) return;
      const [said, saidNow] = [shown, fresh].map((place) => place.querySelector("[aria-live]"));
      if (said.textContent !== saidNow.textContent) said.textContent = saidNow.textContent;
      const [body, bodyNow] = [shown, fresh].map((place) => place.querySelector("[data-body]"));
      body.replaceChildren(...bodyNow.childNodes);
      if (!fresh.hasAttribute("data-progress")) return;
    } catch {
      // The network was away for a moment.
    }
    window.setTimeout(lookAgain, 2000);
  };
  window.setTimeout(lookAgain, 1000);
}
