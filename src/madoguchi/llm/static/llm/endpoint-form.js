// Asking a server for its models without leaving the form. Without this file the page comes again, and the key is typed
// once more.
const form = document.querySelector("form[data-endpoint]");
const button = form.querySelector("[data-look]");
button.addEventListener("click", async (event) => {
  event.preventDefault();
  button.disabled = true;
  const data = new FormData(form);
  data.set(button.name, button.value);
  try {
    const response = await fetch("?part=models", { method: "POST", body: data });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const found = response.ok && page.getElementById("models");
    if (!found) throw new Error("no list");
    found.querySelector(".no-script")?.remove();
    document.getElementById("models").replaceWith(found);
    const names = [...found.querySelectorAll("option")].map((option) => option.value);
    if (names.length === 1 && !form.elements.model.value) form.elements.model.value = names[0];
  } catch {
    // The way without this file says what is wrong; a disabled button would not be named in it.
    button.disabled = false;
    form.requestSubmit(button);
  } finally {
    button.disabled = false;
  }
});
