// A list of any length, of which only the rows on the screen exist. One row is the cursor; the list has the focus.

let lists = 0;

class Rows {
  // `height()` of a row in pixels; `fill(element, index)` makes it; `open(index)` is Enter or a click;
  // `move(index)` follows the cursor; `key(event, index)` says whether it did something.
  constructor({ role, label, rowRole, height, fill, open, move, key }) {
    Object.assign(this, { height, fill, open, move, key, rowRole });
    this.prefix = `row${++lists}-`;
    this.count = 0;
    this.cursor = -1;
    this.rows = new Map();
    this.space = el("div", { class: "space", role: "presentation" });
    this.element = el("div", { class: "rows", role, "aria-label": label, tabindex: "0" }, this.space);
    this.element.addEventListener("scroll", () => this.schedule(), { passive: true });
    this.element.addEventListener("keydown", (event) => this.onKey(event));
    this.element.addEventListener("click", (event) => this.onClick(event));
    this.observer = onResize(this.element, () => this.refresh());
  }

  setCount(count) {
    this.count = count;
    this.element.setAttribute("aria-rowcount", count);
    if (this.cursor >= count) this.cursor = count - 1;
    this.refresh();
  }

  // Makes all rows on the screen anew.
  refresh() {
    this.rowHeight = this.height();
    this.space.style.height = `${this.count * this.rowHeight}px`;
    for (const row of this.rows.values()) row.remove();
    this.rows.clear();
    this.render();
  }

  schedule() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.render();
    });
  }

  render() {
    const { scrollTop, clientHeight } = this.element;
    const first = Math.max(0, Math.floor(scrollTop / this.rowHeight) - 4);
    const last = Math.min(this.count, Math.ceil((scrollTop + clientHeight) / this.rowHeight) + 4);
    const spare = [];
    for (const [index, row] of this.rows) {
      if (index >= first && index < last) continue;
      this.rows.delete(index);
      spare.push(row);
    }
    const fresh = [];
    for (let index = first; index < last; index++) {
      if (!this.rows.has(index)) fresh.push(this.make(spare.pop(), index));
    }
    spare.forEach((row) => row.remove());
    this.space.append(...fresh);
    this.mark();
  }

  make(spare, index) {
    const row = spare || el("div", { class: "row", role: this.rowRole });
    row.id = this.prefix + index;
    row.className = "row";
    row.style.transform = `translateY(${index * this.rowHeight}px)`;
    row.style.height = `${this.rowHeight}px`;
    row.setAttribute("aria-rowindex", index + 1);
    fillWith(row, );
    this.fill(row, index);
    this.rows.set(index, row);
    return row;
  }

  // Shows which row the cursor is.
  mark() {
    for (const [index, row] of this.rows) {
      const isCursor = index === this.cursor;
      row.classList.toggle("cursor", isCursor);
      row.setAttribute("aria-selected", isCursor);
    }
    const isThere = this.rows.has(this.cursor);
    if (isThere) this.element.setAttribute("aria-activedescendant", this.prefix + this.cursor);
    else this.element.removeAttribute("aria-activedescendant");
  }

  moveTo(index, isSilent) {
    if (this.count === 0) return;
    this.cursor = Math.max(0, Math.min(this.count - 1, index));
    this.reveal(this.cursor);
    this.render();
    if (this.move && !isSilent) this.move(this.cursor);
  }

  reveal(index) {
    const { scrollTop, clientHeight } = this.element;
    const top = index * this.rowHeight;
    if (top < scrollTop) this.element.scrollTop = top;
    else if (top + this.rowHeight > scrollTop + clientHeight) this.element.scrollTop = top + this.rowHeight - clientHeight;
  }

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(this.element.clientHeight / this.rowHeight) - 1);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (this.key && this.key(event, this.cursor)) {
      event.preventDefault();
      event.stopPropagation();
    } else if (event.key in steps) {
      event.preventDefault();
      this.moveTo(this.cursor + steps[event.key]);
    } else if (event.key === "Enter" && this.cursor >= 0 && event.target === this.element) {
      event.preventDefault();
      this.open(this.cursor, event);
    }
  }

  onClick(event) {
    const row = event.target.closest(".row");
    if (!row) return;
    const index = Number(row.id.slice(this.prefix.length));
    this.cursor = index;
    this.mark();
    if (!event.defaultPrevented) this.open(index, event);
  }
}
