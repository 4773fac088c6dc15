// Loaded only by answers to a POST that show something once (a key, recovery codes).
// Makes "reload" ask for the page by GET instead of sending the form again.
"use strict";
window.history.replaceState(null, "", window.location.href);
