// Moves between the cells of a table with the arrow keys; without it the cells are inputs like any other.

class CellGrid extends HTMLElement {
  connectedCallback() {
    this.addEventListener("keydown", (event) => this.move(event));
  }

  move(event) {
    const steps = { ArrowUp: -1, ArrowDown: 1 };
    const step = steps[event.key];
    // In a text of several lines the arrows move the cursor.
    if (!step || event.isComposing || event.altKey || event.ctrlKey || event.target.tagName !== "INPUT") return;
    const box = event.target.getBoundingClientRect();
    const middle = box.left + box.width / 2;
    let row = event.target.closest("tr");
    while ((row = step < 0 ? row.previousElementSibling : row.nextElementSibling)) {
      const below = [...row.querySelectorAll("input, textarea")].find((cell) => {
        const place = cell.closest("td").getBoundingClientRect();
        return place.left <= middle && middle <= place.right;
      });
      if (below) {
        event.preventDefault();
        below.focus();
        below.select();
        return;
      }
    }
  }
}

customElements.define("cell-grid", CellGrid);
