// Loads the page again while a model is being prepared, unless a person is about to press something there.

const EVERY = 5000;
const section = document.querySelector("[data-space]");

setInterval(() => {
  if (!document.hidden && !section.contains(document.activeElement)) location.reload();
}, EVERY);
