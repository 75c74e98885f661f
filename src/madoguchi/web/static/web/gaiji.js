// 外字, the letters that an office gave itself (private use), show as 〓 with their code: without the office's own font
// they would be blank. The letter stays in the text, so that copying and searching in the page keep it.

const GAIJI = /[\uE000-\uF8FF\u{F0000}-\u{FFFFD}\u{100000}-\u{10FFFD}]/u;
const KEPT = "svg, script, style, textarea, option, .gaiji";

/** Stand 〓 over the letters of one text. */
function cover(text) {
  if (text.parentElement?.closest(KEPT)) return;
  for (let found; (found = GAIJI.exec(text.data)); ) {
    const letter = text.splitText(found.index);
    text = letter.splitText(found[0].length);
    const seen = document.createElement("span");
    seen.className = "gaiji";
    seen.setAttribute("role", "img");
    seen.title = `外字 U+${found[0].codePointAt(0).toString(16).toUpperCase()}`;
    letter.replaceWith(seen);
    seen.append(letter);
  }
}

/** Cover all that stands in a part of the page. */
function coverIn(node) {
  if (!GAIJI.test(node.textContent)) return;
  if (node.nodeType === Node.TEXT_NODE) return cover(node);
  const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  for (const text of texts) cover(text);
}

coverIn(document.body);
// Answers come in sentence by sentence.
new MutationObserver((changes) => {
  for (const change of changes) {
    if (change.type === "characterData") coverIn(change.target);
    for (const node of change.addedNodes) coverIn(node);
  }
}).observe(document.body, { childList: true, characterData: true, subtree: true });
