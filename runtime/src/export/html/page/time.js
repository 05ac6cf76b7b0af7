// Where the time went: as a flame graph, and as a table by service and name.

const FRAME_HEIGHT = 22;
const MOST_FRAMES = 4000;

class Flame {
  // `find(frame)` is asked for when somebody wants the spans of one.
  constructor(trees, find) {
    this.all = flameOf(trees);
    this.find = find;
    this.top = this.all;
    this.at = this.all;
    this.frames = new Map();
    this.says = el("p", { class: "says" });
    this.stage = el("div", { class: "stage", role: "tree", tabindex: "0", "aria-label": "Flame graph: width is time" });
    this.element = el("section", { class: "flame" }, this.says, this.stage);
    this.stage.addEventListener("click", (event) => this.onClick(event));
    this.stage.addEventListener("keydown", (event) => this.onKey(event));
    this.stage.addEventListener("mousemove", (event) => this.hover(event));
    this.stage.addEventListener("mouseleave", () => showTip(null));
    this.observer = onResize(this.stage, () => this.draw());
  }

  draw() {
    const width = this.stage.clientWidth;
    this.frames.clear();
    const elements = [];
    let deepest = 0;
    const place = (frame, left, share) => {
      if (share * width < 1.5 || elements.length >= MOST_FRAMES) return;
      const row = frame.depth;
      deepest = Math.max(deepest, row);
      elements.push(this.frame(frame, left, share, elements.length));
      let at = left;
      for (const child of framesBelow(frame)) {
        const part = (child.value / Math.max(1, frame.value)) * share;
        place(child, at, part);
        at += part;
      }
    };
    // What is above the frame that fills the width.
    const above = [];
    for (let frame = this.top.parent; frame; frame = frame.parent) above.unshift(frame);
    above.forEach((frame) => elements.push(this.frame(frame, 0, 1, elements.length)));
    place(this.top, 0, 1);
    fillWith(this.stage, ...elements);
    this.stage.style.height = `${(deepest + 1) * FRAME_HEIGHT + 4}px`;
    this.mark();
  }

  frame(frame, left, share, number) {
    const element = el("div", { class: "frame", role: "treeitem", id: `frame-${number}`, "aria-level": frame.depth + 1 });
    element.style.left = `${left * 100}%`;
    element.style.width = `${share * 100}%`;
    element.style.top = `${frame.depth * FRAME_HEIGHT}px`;
    element.style.setProperty("--c", frame.parent ? colorOf(frame.service) : "var(--dim)");
    element.append(el("span", { text: `${frame.name || "(no name)"} ${duration(frame.value)}` }));
    element.setAttribute("aria-label", this.lines(frame).join(", "));
    this.frames.set(element.id, frame);
    return element;
  }

  lines(frame) {
    if (!frame.parent) return [frame.name, duration(frame.value)];
    const share = `${((frame.value / Math.max(1, this.all.value)) * 100).toFixed(1)} % of all`;
    return [
      [clean(frame.service), frame.name].filter(Boolean).join("  "),
      `${duration(frame.value)} here and below, ${share}`,
      `self ${duration(frame.self)}`,
      `${plural(frame.count, "span")}, together ${duration(frame.total)}`,
    ];
  }

  mark() {
    for (const [id, frame] of this.frames) {
      const element = this.stage.querySelector(`#${id}`);
      const isAt = frame === this.at;
      element.classList.toggle("cursor", isAt);
      element.setAttribute("aria-selected", isAt);
      if (isAt) this.stage.setAttribute("aria-activedescendant", id);
    }
    fillWith(this.says, 
      el("span", { text: this.lines(this.at).join(" · ") }),
      this.top !== this.all && button("Show all", () => this.zoomTo(this.all), { class: "small" }),
      this.at.parent && this.find && button("Find the spans", () => this.find(this.at), { class: "small" })
    );
  }

  zoomTo(frame) {
    this.top = frame;
    this.at = frame;
    this.draw();
  }

  onClick(event) {
    const element = event.target.closest(".frame");
    if (element) this.zoomTo(this.frames.get(element.id));
    this.stage.focus({ preventScroll: true });
  }

  onKey(event) {
    const { at } = this;
    const beside = (step) => {
      const siblings = at.parent ? framesBelow(at.parent) : [at];
      return siblings[siblings.indexOf(at) + step];
    };
    const next = {
      ArrowUp: () => at.parent,
      ArrowDown: () => framesBelow(at)[0],
      ArrowLeft: () => beside(-1),
      ArrowRight: () => beside(1),
    }[event.key];
    if (next) {
      const frame = next();
      if (frame && [...this.frames.values()].includes(frame)) this.at = frame;
      this.mark();
    } else if (event.key === "Enter") this.zoomTo(at);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  hover(event) {
    const element = event.target.closest(".frame");
    showTip(element ? this.lines(this.frames.get(element.id)) : null, event.clientX, event.clientY);
  }

  leave() {
    this.observer.disconnect();
  }
}

const TIME_COLUMNS = {
  name: { label: "Span", by: (a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0) },
  count: { label: "Count", text: (line) => count(line.count) },
  errors: { label: "Errors", text: (line) => (line.errors > 0 ? `✗ ${count(line.errors)}` : "") },
  total: { label: "Total", text: (line) => duration(line.total) },
  self: { label: "Self", text: (line) => duration(line.self) },
  p50: { label: "p50", text: (line) => duration(line.p50) },
  p99: { label: "p99", text: (line) => duration(line.p99) },
};

class TimeTable {
  constructor(nodes, find) {
    this.lines = timesBy(nodes);
    this.most = this.lines.reduce((most, line) => Math.max(most, line.self), 1);
    this.sort = "self";
    this.isReversed = false;
    const heads = Object.entries(TIME_COLUMNS).map(([key, { label }]) =>
      el("button", { type: "button", class: `h-${key}`, onclick: () => this.sortBy(key) }, label)
    );
    this.heads = el("div", { class: "heads", role: "group", "aria-label": "Sort by" }, ...heads);
    this.rows = new Rows({
      role: "grid",
      rowRole: "row",
      label: "Times by service and name",
      height: () => (isNarrow() ? 58 : 32),
      fill: (row, index) => this.fill(row, this.lines[index]),
      open: (index) => find(this.lines[index]),
    });
    this.element = el("section", { class: "times" }, this.heads, this.rows.element);
    this.observer = this.rows.observer;
    this.update();
  }

  sortBy(key) {
    this.isReversed = this.sort === key && !this.isReversed;
    this.sort = key;
    this.update();
  }

  update() {
    const by = TIME_COLUMNS[this.sort].by || ((a, b) => b[this.sort] - a[this.sort]);
    this.lines.sort(by);
    if (this.isReversed) this.lines.reverse();
    [...this.heads.children].forEach((head, index) => {
      const isSorted = Object.keys(TIME_COLUMNS)[index] === this.sort;
      head.setAttribute("aria-pressed", isSorted);
      head.dataset.order = isSorted ? (this.isReversed ? "▲" : "▼") : "";
    });
    this.rows.setCount(this.lines.length);
  }

  fill(row, line) {
    row.style.setProperty("--c", colorOf(line.service));
    row.style.setProperty("--share", `${Math.max(0.5, (line.self / this.most) * 100)}%`);
    const name = el("div", { class: "c-name", role: "gridcell" }, serviceMark(line.service), el("span", { class: "name", text: line.name || "(no name)" }));
    const cells = Object.entries(TIME_COLUMNS).slice(1).map(([key, { label, text }]) => {
      const cell = el("div", { class: `c-${key}`, role: "gridcell" });
      if (key === "self") cell.append(el("span", { class: "share" }));
      if (key === "errors" && line.errors > 0) cell.classList.add("error");
      const said = text(line);
      if (said !== "") cell.append(el("span", { class: "unit", text: `${label} ` }), el("span", { text: said }));
      return cell;
    });
    row.append(name, ...cells);
    const said = Object.values(TIME_COLUMNS).slice(1).map(({ label, text }) => text(line) && `${label} ${text(line)}`);
    row.setAttribute("aria-label", [line.name, clean(line.service), ...said].filter(Boolean).join(", "));
  }
}

// The words that find the spans of a line or a frame.
function wordsFor({ service, name }) {
  return [service && `service:${service.toLowerCase()}`, `name:${name.toLowerCase()}`].filter(Boolean).map(quoted).join(" ");
}

views.time = (main, parts, params) => new TimeView(main, params);

// Of all traces that fit a search.
class TimeView {
  constructor(main, params) {
    const search = new Search(params.get("q") || "");
    this.found = el("span", { class: "found" });
    this.field = searchField("Only traces with: words, service:…, key=value, error", search.text, (search) => {
      keep({ q: search.text });
      this.update(search);
      say(this.found.textContent);
    });
    this.body = el("div", { class: "time-body" });
    const tools = el("div", { class: "tools" }, this.field, this.found, searchHints(this.field));
    fillWith(main, el("div", { class: "time-view" }, el("h1", { class: "aside", text: "Where the time went" }), tools, this.body));
    document.title = "Where the time went";
    this.update(search);
  }

  update(search) {
    this.leave();
    const found = traces.filter((trace) => search.isEmpty || search.fitsTrace(trace));
    const trees = found.map(treeOf);
    const find = (line) => goTo("traces", [], { q: wordsFor(line) });
    this.flame = new Flame(trees, find);
    this.table = new TimeTable(trees.flatMap((tree) => tree.nodes), find);
    this.found.textContent = `${plural(found.length, "trace")}, ${plural(this.table.lines.reduce((sum, line) => sum + line.count, 0), "span")}`;
    fillWith(this.body, this.flame.element, this.table.element);
  }

  get rows() {
    return this.table.rows;
  }

  key() {
    return false;
  }

  leave() {
    if (!this.flame) return;
    this.flame.leave();
    this.table.observer.disconnect();
  }
}
