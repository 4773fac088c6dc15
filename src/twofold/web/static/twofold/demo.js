// Keeps the demo's phone fresh: codes change every 30 seconds, and messages arrive. A part is
// replaced only when it differs, and never while somebody is in it with the keyboard.
"use strict";
{
  // Links to this page from the product's tab come back to this tab.
  window.name = "demo";
  const parts = ["phone-codes", "phone-inbox"];
  const shown = new Map(parts.map((id) => [id, document.getElementById(id).innerHTML]));
  let changesAt = 0;

  const follow = (codes) => {
    changesAt = performance.now() + Number(codes.dataset.left) * 1000;
    tell();
  };
  const tell = () => {
    const place = document.querySelector("[data-seconds]");
    if (place) {
      place.closest("[hidden]")?.removeAttribute("hidden");
      place.textContent = `${Math.max(0, Math.ceil((changesAt - performance.now()) / 1000))} s`;
    }
  };
  const refresh = async () => {
    if (document.visibilityState !== "visible") {
      return;
    }
    const answer = await fetch("/demo/phone").catch(() => null);
    if (!answer?.ok) {
      return;
    }
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const id of parts) {
      const there = fresh.getElementById(id);
      const here = document.getElementById(id);
      if (there && shown.get(id) !== there.innerHTML && !here.contains(document.activeElement)) {
        shown.set(id, there.innerHTML);
        here.replaceWith(document.adoptNode(there));
      } else if (there) {
        here.dataset.left = there.dataset.left;
      }
    }
    follow(document.getElementById("phone-codes"));
  };

  follow(document.getElementById("phone-codes"));
  window.setInterval(tell, 1000);
  window.setInterval(refresh, 2000);
  document.addEventListener("visibilitychange", refresh);
}
