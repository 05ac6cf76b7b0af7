// Two traces side by side, on one scale.

views.compare = (main, [left, right]) => {
  const pair = [tracesById.get(left), tracesById.get(right)];
  const missing = pair.indexOf(undefined);
  return missing >= 0 ? notFound(main, [left, right][missing]) : new CompareView(main, pair);
};

// Both trees as one: of each pair of spans, those with the same service, name and number among their siblings are one.
function pairTrees(trees) {
  const lines = [];
  const pairUp = (nodes, depth) => {
    const byKey = new Map();
    nodes.forEach((list, side) => {
      const seen = new Map();
      for (const node of list) {
        const name = `${serviceOf(node.span)}\n${nameOf(node.span)}`;
        const number = (seen.get(name) || 0) + 1;
        seen.set(name, number);
        const key = `${name}\n${number}`;
        if (!byKey.has(key)) byKey.set(key, [null, null]);
        byKey.get(key)[side] = node;
      }
    });
    const startOfPair = ([a, b]) => Math.min(a ? a.start : Infinity, b ? b.start : Infinity);
    return [...byKey.values()].sort((a, b) => startOfPair(a) - startOfPair(b)).map((pair) => ({ pair, depth }));
  };
  const open = pairUp(trees.map((tree) => tree.roots), 0).reverse();
  while (open.length > 0) {
    const line = open.pop();
    lines.push(line);
    const below = pairUp(line.pair.map((node) => (node ? node.children : [])), line.depth + 1);
    for (let index = below.length - 1; index >= 0; index--) open.push(below[index]);
  }
  return lines;
}

class CompareView {
  constructor(main, pair) {
    this.pair = pair;
    this.total = Math.max(1, pair[0].duration, pair[1].duration);
    this.lines = pairTrees(pair.map(treeOf));
    this.rows = new Rows({
      role: "treegrid",
      rowRole: "row",
      label: "Spans of both traces",
      height: () => (isNarrow() ? 64 : 28),
      fill: (row, index) => this.fill(row, this.lines[index]),
      open: (index) => this.select(this.lines[index]),
      move: (index) => this.details.hidden || this.select(this.lines[index]),
      key: (event) => this.rowKey(event),
    });
    this.details = el("aside", { class: "details", "aria-label": "Both spans", hidden: true });
    const heads = pair.map((trace, side) => this.head(trace, side));
    fillWith(main, 
      el(
        "div",
        { class: "compare" },
        el("div", { class: "both" }, el("div", { class: "c-name" }, el("h1", { text: "Two traces" }), this.actions()), ...heads, el("div", { class: "c-change", text: "Change" })),
        el("div", { class: "split" }, el("div", { class: "trace-body" }, this.rows.element), this.details)
      )
    );
    document.title = `${pair[0].name} and ${pair[1].name}`;
    this.rows.setCount(this.lines.length);
    this.rows.moveTo(0, true);
    this.rows.element.focus({ preventScroll: true });
  }

  actions() {
    const swap = () => goTo("compare", [this.pair[1].id, this.pair[0].id]);
    return el("div", { class: "actions" }, button("Swap", swap), button("Copy link", () => copy(linkToView(), "link to this view")));
  }

  head(trace, side) {
    const errors = trace.errors > 0 ? `, ${plural(trace.errors, "error")}` : "";
    return el(
      "div",
      { class: "c-side" },
      el("a", { href: address("trace", [trace.id]), text: `${side === 0 ? "A" : "B"}  ${trace.name}` }),
      el("span", { text: `${duration(trace.duration)}, ${plural(trace.spans.length, "span")}${errors}` }),
      el("span", { class: "note", text: clock(trace.startMillis, !isOneDay) })
    );
  }

  fill(row, { pair, depth }) {
    const node = pair[0] || pair[1];
    const service = serviceOf(node.span);
    row.style.setProperty("--c", colorOf(service));
    row.style.setProperty("--depth", Math.min(depth, MOST_LEVELS));
    row.setAttribute("aria-level", depth + 1);
    const name = clean(nameOf(node.span)) || "(no name)";
    const change = this.change(pair);
    row.append(
      el("div", { class: "c-name", role: "gridcell" }, el("span", { class: "indent" }), el("span", { class: "name", title: name, text: name }), el("span", { class: "service" }, dot(service), clean(service))),
      ...pair.map((each, side) => this.side(each, side)),
      el("div", { class: `c-change ${change.kind}`, role: "gridcell", text: change.text })
    );
    const times = pair.map((each, side) => `${side === 0 ? "A" : "B"} ${each ? duration(each.duration) : "not there"}`);
    row.setAttribute("aria-label", [name, clean(service), ...times, change.text].filter(Boolean).join(", "));
  }

  side(node, side) {
    const cell = el("div", { class: "c-side", role: "gridcell" });
    const label = side === 0 ? "A" : "B";
    if (!node) {
      cell.append(el("span", { class: "unit", text: label }), el("span", { class: "absent", text: "—" }));
      return cell;
    }
    const line = el("div", { class: "line" });
    const share = (nanos) => `${(nanos / this.total) * 100}%`;
    const bar = el("div", { class: "bar" });
    bar.style.left = share(node.start);
    bar.style.width = share(node.duration);
    line.append(bar);
    for (const [start, end] of mergeSegments(selfSegments(node), this.total / 200)) {
      const part = el("i");
      part.style.left = share(start);
      part.style.width = share(end - start);
      line.append(part);
    }
    const time = el("span", { class: "time", text: `${isError(node.span) ? "✗ " : ""}${duration(node.duration)}` });
    cell.classList.toggle("failed", isError(node.span));
    cell.append(el("span", { class: "unit", text: label }), line, time);
    return cell;
  }

  change([a, b]) {
    if (!a) return { text: "only B", kind: "new" };
    if (!b) return { text: "only A", kind: "gone" };
    const difference = b.duration - a.duration;
    // What is too little to matter in these traces is not said.
    if (Math.abs(difference) < this.total / 1000) return { text: "", kind: "same" };
    return { text: `${difference > 0 ? "+" : ""}${duration(difference)}`, kind: difference > 0 ? "slower" : "faster" };
  }

  select({ pair }) {
    const parts = pair.map((node, side) => {
      const title = el("p", { class: "side-title", text: side === 0 ? "A" : "B" });
      const go = (other) => goTo("trace", [this.pair[side].id], { span: other.span[ID] });
      return node ? [title, ...spanDetails(this.pair[side], node, go)] : [title, el("p", { class: "note", text: "not in this trace" })];
    });
    const close = button("×", () => this.closeDetails(), { class: "close", "aria-label": "Close" });
    this.details.hidden = false;
    fillWith(this.details, close, ...parts.map((part) => el("div", { class: "side" }, ...part)));
  }

  closeDetails() {
    this.details.hidden = true;
    this.rows.element.focus({ preventScroll: true });
  }

  // To the next span that differs.
  rowKey(event) {
    const step = { n: 1, N: -1 }[event.key];
    if (!step) return false;
    for (let index = this.rows.cursor + step; index >= 0 && index < this.lines.length; index += step) {
      if (this.change(this.lines[index].pair).kind !== "same") {
        this.rows.moveTo(index);
        break;
      }
    }
    return true;
  }

  key(event) {
    if (event.key !== "Escape") return false;
    if (this.details.hidden) goTo("traces", [], {});
    else this.closeDetails();
    return true;
  }

  leave() {
    this.rows.observer.disconnect();
  }
}
