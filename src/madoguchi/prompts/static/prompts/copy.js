// Copying a text that a page shows. Without this file it is selected and copied by hand.
const SAID_MS = 3000;

/** Put a text on the clipboard; without https a browser has the old way only. */
async function copied(text) {
  try {
    if (navigator.clipboard) {
      await navigator.clipboard.writeText(text);
      return true;
    }
    const area = document.createElement("textarea");
    area.className = "sr-only";
    area.value = text;
    document.body.append(area);
    area.select();
    const works = document.execCommand("copy");
    area.remove();
    return works;
  } catch {
    return false;
  }
}

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
