// Copy, download and print buttons. They are hidden in the page and shown here, so that nobody
// meets a button that does nothing. data-copy names the element whose text is taken;
// the lines of a list are kept. data-said is announced after it worked.
"use strict";
{
  const textOf = (id) => {
    const source = document.getElementById(id);
    const lines = source.querySelectorAll("code");
    if (source.dataset.plain) {
      return source.dataset.plain;
    }
    return lines.length ? Array.from(lines, (line) => line.textContent.trim()).join("\n") : source.textContent.trim();
  };
  const say = (button) => {
    const place = document.getElementById(button.dataset.sayIn);
    if (place) {
      place.textContent = button.dataset.said;
    }
  };
  for (const button of document.querySelectorAll("[data-copy]")) {
    if (navigator.clipboard) {
      button.hidden = false;
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(textOf(button.dataset.copy));
        say(button);
      });
    }
  }
  for (const button of document.querySelectorAll("[data-download]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const text = `${button.dataset.head}\n\n${textOf(button.dataset.download)}\n`;
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
      link.download = button.dataset.name;
      link.click();
      URL.revokeObjectURL(link.href);
      say(button);
    });
  }
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
}
