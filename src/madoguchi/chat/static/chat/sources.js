// The sources of an answer, put beside it as they are found.
import { element } from "../answers/evidence.js";

/** Add sources to the column of evidence; one that stands there stays. */
export function showSources(sources) {
  const room = document.querySelector("[data-sources]");
  if (!room) return;
  document.querySelector("[data-no-sources]")?.remove();
  for (const source of sources) {
    if (!document.getElementById(`source-${source.n}`)) room.append(item(source));
  }
}

/** Put those among some sources that the answer does not name behind the others. */
export function partSources(sources, cited) {
  const others = document.querySelector("[data-others]");
  const uncited = sources.filter((source) => !cited.includes(source.n));
  if (!others || !uncited.length) return;
  const items = uncited.map((source) => document.getElementById(`source-${source.n}`)).filter(Boolean);
  others.querySelector("[data-other-sources]").replaceChildren(...items);
  others.hidden = false;
}

function item(source) {
  const made = element("li", "source card");
  made.id = `source-${source.n}`;
  made.tabIndex = -1;
  made.dataset.n = source.n;
  if (source.links.data) {
    made.dataset.pageData = source.links.data;
    made.dataset.pageImage = source.links.image;
  }
  const title = element("h3");
  const link = element("a", "", source.title);
  if (source.links.page) link.href = source.links.page;
  title.append(element("span", "source-n", `[${source.n}]`), " ", link);
  made.append(title);
  if (source.place) made.append(element("p", "muted small", source.place));
  if (source.doubt) made.append(element("p", "muted small", source.doubt));
  const page = element("div", "source-page");
  page.dataset.page = "";
  made.append(page, element("blockquote", "source-text", source.text));
  return made;
}
