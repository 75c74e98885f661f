// Keeps the progress of a model that is being prepared up to date; the page says all of it without this, too.

const EVERY = 3000;
const SLOWEST = 30000;
const section = document.querySelector("[data-space]");
let pause = EVERY;

async function look() {
  try {
    const response = await fetch(location.pathname, { redirect: "error" });
    if (!response.ok) throw new Error(String(response.status));
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const there = page.querySelector(`[data-space="${section.dataset.space}"] [data-progress]`);
    const here = section.querySelector("[data-progress]");
    // It is done, was given up elsewhere, stopped or went on: other buttons belong there.
    if (!there || Boolean(here.querySelector(".notice")) !== Boolean(there.querySelector(".notice"))) {
      location.assign(location.pathname);
      return;
    }
    here.replaceChildren(...there.children);
    pause = EVERY;
  } catch {
    pause = Math.min(pause * 2, SLOWEST);
  }
  setTimeout(look, pause);
}

setTimeout(look, pause);
