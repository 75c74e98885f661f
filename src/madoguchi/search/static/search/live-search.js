// Results while a person types. Without this file, and when it fails, the form is sent and the results come as a page.

// How long the typing pauses before a question is asked, in milliseconds.
const PAUSE = 300;

class LiveSearch extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.box = this.form.elements.q;
    this.asked = this.box.value.trim();
    this.box.addEventListener("input", (event) => {
      // What an input method has not yet made into words is no question.
      if (!event.isComposing) this.soon();
    });
    this.box.addEventListener("compositionend", () => this.soon());
    this.form.addEventListener("change", (event) => {
      if (event.target !== this.box) this.look(true);
    });
    this.form.addEventListener("submit", () => this.stop());
  }

  disconnectedCallback() {
    this.stop();
  }

  stop() {
    clearTimeout(this.timer);
    this.request?.abort();
    this.request = null;
  }

  soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), PAUSE);
  }

  /** Ask for what stands in the box; older requests are given up. */
  async look(again = false) {
    const question = this.box.value.trim();
    if (!question || (question === this.asked && !again)) return;
    this.stop();
    this.asked = question;
    const results = this.querySelector("[data-results]");
    const said = this.querySelector("[data-said]");
    const request = (this.request = new XMLHttpRequest());
    const address = new URL(this.getAttribute("address"), location.href);
    address.search = new URLSearchParams(new FormData(this.form));
    results.setAttribute("aria-busy", "true");
    const fresh = await answerOf(request, address, results.dataset.shown);
    if (this.request !== request) return;
    results.removeAttribute("aria-busy");
    const found = fresh?.querySelector("[data-results]");
    if (found) {
      said.textContent = found.dataset.found;
      results.replaceWith(document.adoptNode(found));
      this.count(fresh);
    } else {
      // What was found before stays; sending the form says what is wrong.
      this.asked = "";
      said.textContent = this.dataset.failed;
    }
  }

  /** Renew the filters with their counts, but never the one that a person has in hand. */
  count(fresh) {
    for (const part of this.querySelectorAll("[data-facet]")) {
      const renewed = fresh.querySelector(`[data-facet="${part.dataset.facet}"]`);
      if (renewed && !part.contains(document.activeElement)) part.replaceWith(document.adoptNode(renewed));
    }
  }
}

/** Return the document at an address, null when there is none to be had; `shown` is the seal of the results here. */
function answerOf(request, address, shown) {
  return new Promise((done) => {
    request.open("GET", address);
    // The browser reads the answer as a document by itself: no text of ours is made into HTML, and no script runs.
    request.responseType = "document";
    request.setRequestHeader("X-Shown", shown);
    request.addEventListener("loadend", () => done(request.status === 200 ? request.response : null));
    request.send();
  });
}

customElements.define("live-search", LiveSearch);
