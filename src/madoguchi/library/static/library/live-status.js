// Keeps the states of unfinished documents up to date, once a second, as long as any is.

const EVERY = 1000;
const SLOWEST = 15000;
const CLASSES = { ready: "tag-success", failed: "tag-danger", held: "tag-danger", unsupported: "tag-warning" };

class LiveStatus extends HTMLElement {
  connectedCallback() {
    this.pause = EVERY;
    this.timer = setTimeout(() => this.look(), EVERY);
    this.addEventListener("watch", () => this.soon());
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
  }

  soon() {
    this.pause = EVERY;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), EVERY);
  }

  async look() {
    const places = [...this.querySelectorAll("[data-unfinished]")];
    if (!places.length) return;
    const address = new URL(this.getAttribute("address"), location.href);
    for (const place of places.slice(0, 100)) address.searchParams.append("id", place.dataset.document);
    try {
      const response = await fetch(address, { headers: { Accept: "application/json" }, redirect: "error" });
      if (!response.ok) throw new Error(String(response.status));
      this.show(places, (await response.json()).documents);
      // What is read shows at once; the slow index of meanings is asked for less and less.
      const reading = [...this.querySelectorAll("[data-unfinished]")].some((place) => place.dataset.found === undefined);
      this.pause = reading ? EVERY : Math.min(this.pause * 1.5, SLOWEST);
    } catch {
      this.pause = Math.min(this.pause * 2, SLOWEST);
    }
    this.timer = setTimeout(() => this.look(), this.pause);
  }

  show(places, documents) {
    const known = new Map(documents.map((each) => [each.id, each]));
    for (const place of places) {
      const now = known.get(place.dataset.document);
      if (!now) {
        delete place.dataset.unfinished;
        continue;
      }
      if (this.hasAttribute("reload") && (now.found || now.finished)) {
        location.reload();
        return;
      }
      const state = place.querySelector("[data-state]");
      const changed = state && state.textContent !== now.label;
      if (state) state.textContent = now.label;
      if (state?.classList.contains("tag")) state.className = `tag ${CLASSES[now.status] ?? "tag-accent"}`;
      const reason = place.querySelector("[data-reason]");
      if (reason) reason.textContent = now.reason || (now.finished ? "" : now.found);
      if (now.found) place.dataset.found = "";
      if (now.finished) delete place.dataset.unfinished;
      const said = this.querySelector("[data-said]");
      if (said && changed) said.textContent = `${now.title}: ${now.label}`;
    }
  }
}

customElements.define("live-status", LiveStatus);
