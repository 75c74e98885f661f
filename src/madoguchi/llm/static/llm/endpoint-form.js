// Asking a server for its models without leaving the form. Without this file the page comes again, and the key is typed
// once more.
const form = document.querySelector("form[data-endpoint]");
const button = form.querySelector("[data-look]");

/** Show what was said, and offer the names in the field of the model. */
function show({ said, is_problem: isProblem, names, list }) {
  const notice = document.createElement("p");
  notice.textContent = said;
  if (isProblem) notice.className = "notice notice-warning";
  const known = document.createElement("p");
  known.className = "small muted model-names";
  known.textContent = list;
  const offered = document.createElement("datalist");
  offered.id = "model-names";
  offered.append(...names.map((name) => Object.assign(document.createElement("option"), { value: name })));
  document.getElementById("models").replaceChildren(notice, known, offered);
  if (names.length === 1 && !form.elements.model.value) form.elements.model.value = names[0];
}

button.addEventListener("click", async (event) => {
  event.preventDefault();
  button.disabled = true;
  const data = new FormData(form);
  data.set(button.name, button.value);
  try {
    const response = await fetch("?part=models", { method: "POST", body: data });
    if (!response.ok) throw new Error("no list");
    show(await response.json());
  } catch {
    // The way without this file says what is wrong; a disabled button would not be named in it.
    button.disabled = false;
    form.requestSubmit(button);
  } finally {
    button.disabled = false;
  }
});
