// Chooses the browser's own time zone in a list where nobody has chosen yet. Without this the account's stands there.
"use strict";
{
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  for (const list of document.querySelectorAll("select[data-guess]")) {
    if (Array.from(list.options).some((option) => option.value === here)) {
      list.value = here;
    }
  }
}
