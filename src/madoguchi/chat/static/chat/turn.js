// An answer while it is written, its citations, and copying it. Without this file the page shows how far it has come.
import { element } from "../answers/evidence.js";
import { eventsOf } from "../answers/events.js";
import { copied } from "../web/clipboard.js";
import { partSources, showSources } from "./sources.js";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;
// So near to its end a page follows what is written.
const NEAR_PX = 160;

/** Build what the server has cleaned: a text, or [name, {attributes}, children…]. */
function built(node) {
  if (typeof node === "string") return document.createTextNode(node);
  const [name, attributes, ...children] = node;
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.map(built));
  return made;
}

function isAtEnd() {
  return window.innerHeight + window.scrollY >= document.documentElement.scrollHeight - NEAR_PX;
}

class ChatTurn extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", (event) => this.press(event));
    const copy = this.querySelector("[data-copy]");
    if (copy) {
      copy.hidden = false;
      copy.addEventListener("click", () => this.copy(copy));
    }
    this.querySelector("form[data-stop]")?.addEventListener("submit", (event) => this.stop(event));
    if (this.dataset.stream) this.follow();
  }

  disconnectedCallback() {
    this.controller?.abort();
  }

  part(name) {
    return this.querySelector(`[data-${name}]`);
  }

  /** Read along until the end; a connection that breaks is made again, and what comes then is the whole as it stands. */
  async follow() {
    this.isOver = false;
    this.words = this.part("status").textContent;
    for (let wait = FIRST_WAIT_MS; !this.isOver; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
      try {
        this.controller = new AbortController();
        const response = await fetch(this.dataset.stream, {
          headers: { Accept: "text/event-stream" },
          signal: this.controller.signal,
        });
        if (response.status === 401 || response.redirected) return this.signedOut();
        if (response.status === 404) return this.gone("");
        for await (const event of eventsOf(response)) {
          wait = FIRST_WAIT_MS;
          this.part("status").textContent = this.words;
          this.show(event);
        }
      } catch {
        if (!this.isConnected) return;
      }
      if (this.isOver) return;
      this.part("status").textContent = this.dataset.lost;
      await new Promise((done) => setTimeout(done, wait));
    }
  }

  show(event) {
    const follows = isAtEnd();
    if (event.event === "text") this.write(event);
    else if (event.event === "sources") showSources((this.sources = event.sources));
    else if (event.event === "gone") this.gone(event.text);
    else if (event.event === "done") this.end(event);
    if (follows) window.scrollTo({ top: document.documentElement.scrollHeight });
  }

  write({ from, blocks }) {
    const room = this.part("text");
    // The server's page has line ends between its blocks.
    for (const child of [...room.childNodes]) if (child.nodeType === Node.TEXT_NODE) child.remove();
    while (room.childNodes.length > from) room.lastChild.remove();
    room.append(...blocks.map(built));
  }

  gone(text) {
    this.isOver = true;
    this.part("text").replaceChildren();
    this.dataset.state = "failed";
    this.part("label").textContent = text || this.dataset.lost;
  }

  end({ state, label, note, mark, masked, cited }) {
    partSources(this.sources ?? [], cited);
    this.isOver = true;
    this.dataset.state = state;
    this.part("label").textContent = label;
    this.say("note", "note", note);
    this.say("masked", "masked-text", masked);
    if (mark) this.part("mark").replaceChildren(element("span", "tag tag-accent", mark));
    this.part("text").setAttribute("aria-busy", "false");
  }

  say(room, place, text) {
    this.part(room).hidden = !text;
    this.part(place).textContent = text;
  }

  signedOut() {
    const status = this.part("status");
    const link = element("a", "", this.dataset.signInText);
    link.href = this.dataset.signIn;
    status.replaceChildren(this.dataset.signedOut, " ", link);
  }

  press(event) {
    const link = event.target.closest?.('.prose a[href^="#source-"]');
    const evidence = document.querySelector("ask-evidence");
    const n = link?.getAttribute("href").slice("#source-".length);
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !evidence?.source(n)) return;
    event.preventDefault();
    evidence.open(n, link);
  }

  async stop(event) {
    event.preventDefault();
    const form = event.target;
    try {
      await fetch(form.action, { method: "POST", body: new FormData(form), redirect: "manual" });
    } catch {
      form.submit();
    }
  }

  async copy(button) {
    const said = button.querySelector("span");
    this.copyText ??= said.textContent;
    let works = false;
    try {
      const response = await fetch(button.dataset.copy);
      if (response.ok) works = await copied(await response.text());
    } catch {
      works = false;
    }
    said.textContent = works ? button.dataset.copied : button.dataset.failed;
    setTimeout(() => (said.textContent = this.copyText), 3000);
  }
}

customElements.define("chat-turn", ChatTurn);
