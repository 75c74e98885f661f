// Sends files one by one with a bar for each. Without this script the same form sends them all at once.

const AT_ONCE = 3;

class UploadArea extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.input = this.querySelector("input[type=file]");
    this.rows = this.querySelector(".uploads");
    this.words = new Map(
      [...this.querySelector("template[data-words]").content.querySelectorAll("[data-key]")].map((each) => [
        each.dataset.key,
        each.textContent,
      ]),
    );
    this.waiting = [];
    this.sending = 0;
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.take(this.input.files);
    });
    this.input.addEventListener("change", () => this.take(this.input.files));
    const drop = this.querySelector(".drop");
    for (const name of ["dragenter", "dragover"]) {
      drop.addEventListener(name, (event) => {
        event.preventDefault();
        drop.classList.add("over");
      });
    }
    for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("over"));
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      this.take(event.dataTransfer.files);
    });
    window.addEventListener("beforeunload", (event) => {
      if (this.sending) event.preventDefault();
    });
  }

  take(files) {
    for (const file of files) this.add(file);
    // The same file can be chosen again.
    this.input.value = "";
    this.next();
  }

  add(file) {
    const row = this.querySelector("template[data-upload]").content.firstElementChild.cloneNode(true);
    const upload = { file, row, clash: "" };
    row.querySelector("[data-name]").textContent = file.name;
    row.querySelector("[data-size]").textContent = size(file.size);
    row.querySelector("progress").setAttribute("aria-label", file.name);
    row.querySelector("[data-choice]").addEventListener("click", (event) => this.decide(upload, event));
    row.querySelector("[data-again] button").addEventListener("click", () => this.again(upload));
    this.rows.hidden = false;
    this.rows.append(row);
    if (file.size > Number(this.getAttribute("limit")) * 1024 * 1024) {
      this.fail(upload, this.words.get("large"), false);
      return;
    }
    this.say(upload, "waiting");
    this.waiting.push(upload);
  }

  next() {
    while (this.sending < AT_ONCE && this.waiting.length) this.send(this.waiting.shift());
  }

  send(upload) {
    const data = new FormData(this.form);
    data.delete("files");
    if (upload.clash) data.set("clash", upload.clash);
    data.append("files", upload.file, upload.file.name);
    const request = new XMLHttpRequest();
    const bar = upload.row.querySelector("progress");
    this.sending += 1;
    this.say(upload, "sending");
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) bar.value = (event.loaded / event.total) * 100;
    });
    request.addEventListener("load", () => this.answered(upload, request));
    request.addEventListener("error", () => this.fail(upload, this.words.get("network"), true));
    request.addEventListener("loadend", () => {
      this.sending -= 1;
      this.next();
    });
    request.open("POST", this.form.action);
    request.setRequestHeader("Accept", "application/json");
    request.send(data);
  }

  answered(upload, request) {
    let answer = null;
    try {
      answer = JSON.parse(request.responseText);
    } catch {
      // A page instead of JSON: the sign-in page, or an error page.
    }
    if (request.status === 201 && answer) this.finish(upload, answer);
    else if (request.status === 409 && answer?.clash) this.ask(upload, answer.error);
    else if (answer?.error) this.fail(upload, answer.error, false);
    else if (request.responseURL && !request.responseURL.startsWith(this.form.action)) {
      this.fail(upload, this.words.get("signed-out"), true);
    } else if (request.status === 413) this.fail(upload, this.words.get("large"), false);
    else this.fail(upload, this.words.get("failed"), true);
  }

  /** The file is there; its row says from now on how far the reading is. */
  finish(upload, document_) {
    const { row } = upload;
    row.querySelector("progress").value = 100;
    row.querySelector("progress").hidden = true;
    const link = document.createElement("a");
    link.href = document_.address;
    link.textContent = document_.title;
    row.querySelector("[data-name]").replaceChildren(link);
    const word = row.querySelector("[data-word]");
    word.textContent = document_.label;
    word.dataset.state = "";
    const detail = row.querySelector("[data-detail]");
    detail.hidden = false;
    detail.textContent = "";
    detail.dataset.reason = "";
    detail.className = "small muted";
    row.dataset.document = document_.id;
    row.dataset.unfinished = "";
    this.announce(`${document_.title}: ${document_.label}`);
    this.watch();
  }

  /** Have the element that watches states watch these rows too. */
  watch() {
    let watcher = this.querySelector("live-status");
    if (!watcher) {
      watcher = document.createElement("live-status");
      watcher.setAttribute("address", this.getAttribute("status"));
      this.rows.before(watcher);
      watcher.append(this.rows);
    }
    watcher.dispatchEvent(new Event("watch"));
  }

  ask(upload, text) {
    const { row } = upload;
    row.querySelector("[data-word]").textContent = "";
    const detail = row.querySelector("[data-detail]");
    detail.hidden = false;
    detail.textContent = text;
    row.querySelector("[data-choice]").hidden = false;
    row.querySelector("progress").hidden = true;
    this.announce(`${upload.file.name}: ${text}`);
  }

  decide(upload, event) {
    const choice = event.target.closest("[data-clash]")?.dataset.clash;
    if (!choice) return;
    upload.row.querySelector("[data-choice]").hidden = true;
    upload.row.querySelector("[data-detail]").hidden = true;
    if (choice === "stop") {
      this.say(upload, "stopped");
      return;
    }
    upload.clash = choice;
    this.again(upload);
  }

  again(upload) {
    upload.row.querySelector("[data-again]").hidden = true;
    upload.row.querySelector("[data-detail]").hidden = true;
    const bar = upload.row.querySelector("progress");
    bar.hidden = false;
    bar.value = 0;
    this.say(upload, "waiting");
    this.waiting.push(upload);
    this.next();
  }

  fail(upload, text, mayTryAgain) {
    const { row } = upload;
    this.say(upload, "failed");
    const detail = row.querySelector("[data-detail]");
    detail.hidden = false;
    detail.textContent = text;
    detail.classList.add("bad");
    row.querySelector("progress").hidden = true;
    row.querySelector("[data-again]").hidden = !mayTryAgain;
    this.announce(`${upload.file.name}: ${text}`);
  }

  say(upload, key) {
    upload.row.querySelector("[data-word]").textContent = this.words.get(key);
  }

  announce(text) {
    this.querySelector("[data-said]").textContent = text;
  }
}

function size(bytes) {
  return bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

customElements.define("upload-area", UploadArea);
