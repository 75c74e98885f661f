// Copying a text that a page shows. Without this file it is selected and copied by hand.
import { copied } from "../web/clipboard.js";

const SAID_MS = 3000;

for (const button of document.querySelectorAll("[data-copy-from]")) {
  const source = document.getElementById(button.dataset.copyFrom);
  const said = button.querySelector("span");
  const usual = said.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const works = await copied("value" in source ? source.value : source.textContent);
    button.focus();
    said.textContent = works ? button.dataset.copied : button.dataset.failed;
    setTimeout(() => (said.textContent = usual), SAID_MS);
  });
}
