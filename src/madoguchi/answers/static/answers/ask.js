// Asking with the answer streaming in. Without this file the form is sent and the answer comes as a page.
import { eventsOf } from "./events.js";
import { element } from "./evidence.js";

class AskAnswer extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form[data-ask]");
    this.box = this.form.elements.q;
    this.stopButton = this.form.querySelector("[data-stop]");
    this.evidence = this.querySelector("ask-evidence");
    this.draftKey = `ask-draft:${this.dataset.person}`;
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.ask();
    });
    this.box.addEventListener("input", () => this.keepDraft(this.box.value));
    this.box.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) {
        event.preventDefault();
        this.form.requestSubmit();
      }
    });
    this.stopButton.addEventListener("click", () => this.controller?.abort());
    if (!this.box.value) this.box.value = this.draft();
    // An address with a question asks it, once: coming back by «back» does not.
    if ("run" in this.dataset && !history.state?.asked) this.ask();
  }

  draft() {
    try {
      return localStorage.getItem(this.draftKey) ?? "";
    } catch {
      return "";
    }
  }

  keepDraft(text) {
    try {
      if (text) localStorage.setItem(this.draftKey, text);
      else localStorage.removeItem(this.draftKey);
    } catch {
      // A browser that keeps nothing still asks.
    }
  }

  part(name) {
    return this.querySelector(`[data-${name}]`);
  }

  async ask() {
    const question = this.box.value.trim();
    if (!question || this.controller) return;
    this.keepDraft(question);
    history.replaceState({ asked: true }, "");
    this.controller = new AbortController();
    this.clear();
    this.stopButton.hidden = false;
    this.status(this.dataset.searching);
    this.part("sentences").setAttribute("aria-busy", "true");
    try {
      const response = await fetch(this.dataset.stream, {
        method: "POST",
        body: new FormData(this.form),
        headers: { Accept: "text/event-stream" },
        signal: this.controller.signal,
      });
      await this.receive(response);
    } catch {
      if (this.controller.signal.aborted) this.status(this.dataset.stopped);
      else this.trouble(this.dataset.lost);
    } finally {
      this.controller = null;
      this.stopButton.hidden = true;
      this.part("sentences").setAttribute("aria-busy", "false");
    }
  }

  async receive(response) {
    const type = response.headers.get("Content-Type") ?? "";
    if (type.startsWith("application/json")) {
      const { error, sign_in: signIn } = await response.json();
      if (signIn) this.signedOut();
      else this.trouble(error);
      return;
    }
    if (!type.startsWith("text/event-stream")) {
      if (response.redirected || response.status === 403) this.signedOut();
      else this.trouble(this.dataset.lost);
      return;
    }
    this.done = false;
    for await (const event of eventsOf(response)) this.show(event);
    if (!this.done) this.trouble(this.dataset.lost);
  }

  show(event) {
    if (event.event === "note") this.part("notes").append(element("p", "notice", event.text));
    else if (event.event === "suggestions") this.suggest(event.entries);
    else if (event.event === "mode") this.mode(event);
    else if (event.event === "sources") this.sources(event.sources);
    else if (event.event === "sentence") this.sentence(event);
    else if (event.event === "failed") {
      this.done = true;
      this.trouble(event.text);
    } else if (event.event === "done") this.end(event);
  }

  clear() {
    for (const name of ["notes", "mode", "sentences", "after", "sources"]) this.part(name).replaceChildren();
    this.part("output").hidden = false;
    this.part("examples").hidden = true;
  }

  status(text) {
    this.part("status").textContent = text;
  }

  trouble(text) {
    this.status("");
    const notice = element("p", "notice notice-error", text);
    notice.setAttribute("role", "alert");
    this.part("notes").append(notice);
  }

  signedOut() {
    this.trouble(this.dataset.signedOut);
    const link = element("a", "button-primary", this.dataset.signInText);
    link.href = this.dataset.signIn;
    this.part("notes").append(link);
  }

  suggest(entries) {
    const notice = element("div", "notice");
    notice.append(element("p", "", this.dataset.similar));
    const list = element("ul");
    for (const entry of entries) {
      const item = element("li");
      const link = element("a", "", entry.question);
      link.href = entry.page;
      item.append(link);
      list.append(item);
    }
    notice.append(list);
    this.part("notes").append(notice);
  }

  mode(event) {
    const looks = { verified: "tag tag-success", composed: "tag tag-accent", quoted: "tag", none: "tag tag-warning" };
    this.part("mode").replaceChildren(element("span", looks[event.mode] ?? "tag", event.label));
    if (event.mode === "composed") {
      const at = new Date(event.at).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
      this.part("mode").append(" ", element("span", "muted small", `${event.model} ${at}`));
      this.status(this.dataset.writing);
    }
  }

  sources(sources) {
    this.part("sources").replaceChildren(
      ...sources.map((source) => {
        const item = element("li", "source card");
        item.id = `source-${source.n}`;
        item.tabIndex = -1;
        item.dataset.n = source.n;
        if (source.links.data) {
          item.dataset.pageData = source.links.data;
          item.dataset.pageImage = source.links.image;
        }
        const title = element("h3");
        const link = element("a", "", source.title);
        if (source.links.page) link.href = source.links.page;
        title.append(element("span", "source-n", `[${source.n}]`), " ", link);
        const page = element("div", "source-page");
        page.dataset.page = "";
        item.append(title);
        if (source.place) item.append(element("p", "muted small", source.place));
        if (source.confidence !== null) {
          const read = element("p", "row small");
          read.append(element("span", "tag", "OCR"));
          if (source.doubt) read.append(element("span", "tag tag-warning", source.doubt));
          item.append(read);
        }
        item.append(page, element("blockquote", "source-text", source.text));
        return item;
      }),
    );
  }

  sentence(event) {
    const line = element("p", `sentence sentence-${event.kind}${event.doubt ? " sentence-doubt" : ""}`);
    for (const stretch of event.stretches) {
      if (!stretch.unfound) line.append(stretch.text);
      else {
        const mark = element("mark", "unfound", stretch.text);
        mark.title = this.dataset.unconfirmed;
        line.append(mark);
      }
    }
    for (const n of event.citations) {
      const cite = element("a", "cite", `[${n}]`);
      cite.href = `#source-${n}`;
      cite.dataset.n = n;
      cite.setAttribute("aria-label", `${this.dataset.sourceText} ${n}`);
      line.append(cite);
    }
    if (event.doubt) line.append(" ", element("span", "tag tag-warning", event.doubt));
    this.part("sentences").append(line);
  }

  end(event) {
    this.done = true;
    this.status("");
    this.keepDraft("");
    const after = this.part("after");
    if (event.summary) after.append(element("p", "", `✓ ${event.summary}`));
    if (event.department) after.append(element("p", "muted", `${this.dataset.department}: ${event.department}`));
    if (event.page) {
      const line = element("p");
      const link = element("a", "", this.dataset.pageText);
      link.href = event.page;
      line.append(link);
      after.append(line);
    }
    const first = this.querySelector(".source");
    if (first && this.evidence && !window.matchMedia("(max-width: 63.99rem)").matches) {
      this.evidence.loadPage(first);
    }
  }
}

customElements.define("ask-answer", AskAnswer);
