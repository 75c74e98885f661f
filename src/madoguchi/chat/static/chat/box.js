// The box: what is typed is kept until it is sent, files are read as soon as they are chosen.
// Without this file the form is sent as it stands, its files with it.

const BIN = "button button-small button-quiet";

/** Make an element with a class and a text. */
function element(name, className = "", text = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

class ChatBox extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.text = this.form.elements.text;
    this.chips = this.querySelector("[data-chips]");
    this.status = this.querySelector("[data-attach-status]");
    this.files = this.form.elements.files;
    this.key = `chat-draft:${this.dataset.draft}`;
    if (!this.text.value) this.text.value = this.draft();
    this.text.addEventListener("input", () => this.keep(this.text.value));
    this.text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) {
        event.preventDefault();
        this.form.requestSubmit();
      }
    });
    // What was not sent comes back with the page.
    this.form.addEventListener("submit", () => this.keep(""));
    this.files.addEventListener("change", () => this.attachAll([...this.files.files]));
    for (const chip of this.chips.children) this.addBin(chip);
  }

  draft() {
    try {
      return localStorage.getItem(this.key) ?? "";
    } catch {
      return "";
    }
  }

  keep(text) {
    try {
      if (text) localStorage.setItem(this.key, text);
      else localStorage.removeItem(this.key);
    } catch {
      // A browser that keeps nothing still sends.
    }
  }

  async attachAll(files) {
    // They go by themselves from here on, not with the form.
    this.files.value = "";
    const problems = [];
    for (const file of files) {
      this.status.textContent = `${file.name}: ${this.dataset.reading}`;
      problems.push(await this.attach(file));
    }
    this.status.textContent = problems.filter(Boolean).join(" ");
  }

  /** Have a file read; return what went wrong, in words. */
  async attach(file) {
    const body = new FormData();
    body.append("csrfmiddlewaretoken", this.form.elements.csrfmiddlewaretoken.value);
    body.append("file", file);
    try {
      const response = await fetch(this.dataset.attach, {
        method: "POST",
        body,
        headers: { Accept: "application/json" },
      });
      const taken = await response.json();
      if (!taken.id) return taken.error || this.dataset.lost;
      this.chips.append(this.chip(taken));
      return "";
    } catch {
      return this.dataset.lost;
    }
  }

  chip({ id, name, notice, masked, page, detach }) {
    const chip = element("li", "chip");
    chip.dataset.detach = detach;
    for (const field of ["offered", "kept"]) {
      const input = element("input");
      input.type = "hidden";
      input.name = field;
      input.value = id;
      chip.append(input);
    }
    const link = element("a", "", name);
    link.href = page;
    link.target = "_blank";
    chip.append(link);
    if (masked) chip.append(element("span", "muted small", `${this.dataset.masked}: ${masked}`));
    if (notice) chip.append(element("span", "muted small", notice));
    this.addBin(chip);
    return chip;
  }

  addBin(chip) {
    const name = chip.querySelector("a, label")?.textContent.trim() ?? "";
    const bin = element("button", BIN, this.dataset.remove);
    bin.type = "button";
    bin.setAttribute("aria-label", `${this.dataset.remove}: ${name}`);
    bin.addEventListener("click", async () => {
      const body = new FormData();
      body.append("csrfmiddlewaretoken", this.form.elements.csrfmiddlewaretoken.value);
      chip.remove();
      this.text.focus();
      try {
        await fetch(chip.dataset.detach, { method: "POST", body, redirect: "manual" });
      } catch {
        // It goes by itself when the message is sent, or after a day.
      }
    });
    chip.append(bin);
  }
}

customElements.define("chat-box", ChatBox);
