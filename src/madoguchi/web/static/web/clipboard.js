// Copying a text.

/** Put a text on the clipboard; without https a browser has the old way only. Return whether it worked. */
export async function copied(text) {
  try {
    if (navigator.clipboard) {
      await navigator.clipboard.writeText(text);
      return true;
    }
    const area = document.createElement("textarea");
    area.className = "sr-only";
    area.value = text;
    document.body.append(area);
    area.select();
    const works = document.execCommand("copy");
    area.remove();
    return works;
  } catch {
    return false;
  }
}
