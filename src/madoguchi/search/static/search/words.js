// A problem of the list leads to its line. Without this file the link leads to the list.

const list = document.getElementById("text");

for (const link of document.querySelectorAll("[data-line]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    const lines = list.value.split("\n");
    const at = Math.min(Number(link.dataset.line), lines.length) - 1;
    const start = lines.slice(0, at).reduce((length, line) => length + line.length + 1, 0);
    list.focus();
    list.setSelectionRange(start, start + lines[at].length);
  });
}
