// The column of evidence: a citation opens its source, with the page image and the passage marked.
// Without this file a citation leads to its source by its address.

const SVG = "http://www.w3.org/2000/svg";
const narrow = window.matchMedia("(max-width: 63.99rem)");

/** Make an element with a class and a text. */
export function element(name, className = "", text = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

/** Build the image of a page with its marks. `data` is {width, height, marks: [[x0, top, x1, bottom]]}, marks in fractions. */
function pageImage(data, address, label) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${data.width} ${data.height}`);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  const image = document.createElementNS(SVG, "image");
  image.setAttribute("href", address);
  image.setAttribute("width", data.width);
  image.setAttribute("height", data.height);
  svg.append(image);
  for (const [left, top, right, bottom] of data.marks ?? []) {
    const mark = document.createElementNS(SVG, "rect");
    mark.setAttribute("class", "page-mark");
    mark.setAttribute("x", left * data.width);
    mark.setAttribute("y", top * data.height);
    mark.setAttribute("width", (right - left) * data.width);
    mark.setAttribute("height", (bottom - top) * data.height);
    svg.append(mark);
  }
  return svg;
}

class AskEvidence extends HTMLElement {
  connectedCallback() {
    this.dialog = null;
    this.opener = null;
    this.press = (event) => {
      const cite = event.target.closest?.("a.cite");
      if (!cite || event.ctrlKey || event.metaKey || event.shiftKey) return;
      if (!this.source(cite.dataset.n)) return;
      event.preventDefault();
      this.open(cite.dataset.n, cite);
    };
    document.addEventListener("click", this.press);
  }

  disconnectedCallback() {
    document.removeEventListener("click", this.press);
  }

  source(n) {
    return this.querySelector(`.source[data-n="${CSS.escape(n)}"]`);
  }

  /** Show source n: in the column, or over the answer where the column does not stand beside it. */
  open(n, opener = null) {
    const source = this.source(n);
    if (!source) return;
    this.opener = opener;
    for (const other of document.querySelectorAll("a.cite")) {
      if (other.dataset.n === n) other.setAttribute("aria-current", "true");
      else other.removeAttribute("aria-current");
    }
    for (const other of this.querySelectorAll(".source")) delete other.dataset.current;
    source.dataset.current = "";
    this.loadPage(source);
    if (narrow.matches) this.openOver(source);
    else {
      source.scrollIntoView({ block: "nearest" });
      source.focus({ preventScroll: true });
    }
  }

  async loadPage(source) {
    const room = source.querySelector("[data-page]");
    if (!room || !source.dataset.pageData || room.childElementCount) return;
    try {
      const response = await fetch(source.dataset.pageData, { headers: { Accept: "application/json" } });
      if (!response.ok) return;
      const data = await response.json();
      if (!room.childElementCount) room.append(pageImage(data, source.dataset.pageImage, this.dataset.imageText));
      if ("current" in source.dataset) room.querySelector(".page-mark")?.scrollIntoView({ block: "nearest" });
    } catch {
      // The text of the passage stands there anyway.
    }
  }

  openOver(source) {
    if (!this.dialog) {
      this.dialog = element("dialog", "evidence-dialog stack");
      this.dialog.addEventListener("close", () => this.putBack());
      this.append(this.dialog);
    }
    this.putBack();
    const close = element("button", "button", this.dataset.close);
    close.type = "button";
    close.addEventListener("click", () => this.dialog.close());
    this.place = document.createComment("source");
    source.replaceWith(this.place);
    const list = element("ol", "sources");
    list.setAttribute("role", "list");
    list.append(source);
    this.dialog.setAttribute("aria-label", source.querySelector("h3")?.textContent ?? "");
    this.dialog.replaceChildren(close, list);
    this.moved = source;
    this.dialog.showModal();
  }

  putBack() {
    if (this.moved && this.place?.isConnected) this.place.replaceWith(this.moved);
    if (this.moved && this.opener?.isConnected) this.opener.focus();
    this.moved = null;
    this.place = null;
  }
}

customElements.define("ask-evidence", AskEvidence);
