// The spans of a trace over its time, as a tree.

// More parts of a bar than this are not told apart.
const MOST_SEGMENTS = 60;
const MOST_LEVELS = 14;

class Waterfall {
  // `select(node)` is called when the cursor moves.
  constructor(trace, zoom, select) {
    Object.assign(this, { trace, tree: treeOf(trace), select });
    this.total = Math.max(1, trace.duration);
    this.zoom = zoom || [0, this.total];
    this.matches = null;
    this.isOneService = trace.services.length === 1;
    this.overview = el("canvas", { "aria-hidden": "true" });
    this.window = el("div", { class: "window" });
    this.overviewBox = el("div", { class: "overview", title: "drag to zoom, double click for all" }, this.overview, this.window);
    this.ruler = el("div", { class: "ruler", "aria-hidden": "true" });
    this.rows = new Rows({
      role: "treegrid",
      rowRole: "row",
      label: `Spans of ${trace.name}`,
      height: () => (isNarrow() ? 44 : 26),
      fill: (row, index) => this.fill(row, this.nodes[index]),
      open: (index, event) => this.open(index, event),
      move: (index) => this.select(this.nodes[index]),
      key: (event, index) => this.rowKey(event, this.nodes[index]),
    });
    this.element = el("div", { class: "waterfall" }, this.overviewBox, this.ruler, this.rows.element);
    this.listen();
    this.observer = onResize(this.overviewBox, () => {
      this.drawOverview();
      this.showZoom();
    });
    this.update();
  }

  // After folding.
  update() {
    const current = this.nodes && this.nodes[this.rows.cursor];
    this.nodes = this.tree.visible();
    if (current) {
      let node = current;
      for (let above = node.parent; above; above = above.parent) if (above.isFolded) node = above;
      this.rows.cursor = this.nodes.indexOf(node);
    }
    this.rows.setCount(this.nodes.length);
  }

  fill(row, node) {
    const { span } = node;
    const service = serviceOf(span);
    row.style.setProperty("--c", colorOf(service));
    row.style.setProperty("--depth", Math.min(node.depth, MOST_LEVELS));
    row.classList.toggle("failed", isError(span));
    row.classList.toggle("faded", this.matches !== null && !this.matches.has(node));
    row.setAttribute("aria-level", node.depth + 1);
    if (node.children.length > 0) row.setAttribute("aria-expanded", !node.isFolded);
    else row.removeAttribute("aria-expanded");
    const hasMore = node.children.length > 0;
    const sign = hasMore ? (node.isFolded ? "▸" : "▾") : "";
    const marks = `${isError(span) ? "✗ " : ""}${node.isOrphan ? "◌ " : ""}`;
    // Where the work goes over to another service.
    const isEntry = !this.isOneService && (!node.parent || serviceOf(node.parent.span) !== service);
    const hidden = node.isFolded ? plural(node.size - 1, "more span") : "";
    row.append(
      el(
        "div",
        { class: "c-name", role: "gridcell" },
        el("span", { class: "indent" }, node.depth > MOST_LEVELS ? `⋯${node.depth}` : ""),
        el("span", { class: hasMore ? "fold" : "fold none", "aria-hidden": "true", text: sign }),
        !this.isOneService && dot(service),
        el("span", { class: "name", title: clean(nameOf(span)) }, marks && el("b", { text: marks }), clean(nameOf(span)) || "(no name)"),
        hidden && el("span", { class: "hidden", text: hidden }),
        !isEntry && kindOf(span) && el("span", { class: "kind", text: kindOf(span) }),
        isEntry && el("span", { class: "service", text: clean(service) })
      ),
      el("div", { class: "c-line", role: "gridcell" }, this.bar(node)),
      el("div", { class: "c-time", role: "gridcell" }, el("span", { class: "time", text: duration(node.duration) }))
    );
    row.setAttribute("aria-label", this.spoken(node));
  }

  spoken(node) {
    const { span } = node;
    const facts = [clean(nameOf(span)), clean(serviceOf(span)), kindOf(span), duration(node.duration)];
    facts.push(`self ${duration(node.self)}`, `at ${offset(node.start)}`);
    if (isError(span)) facts.push(`error ${clean(errorOf(span))}`);
    if (node.isFolded) facts.push(`${plural(node.size - 1, "span")} folded`);
    return facts.filter((fact) => fact !== "").join(", ");
  }

  // The bar: pale from start to end, full where no child ran, with a mark for each event.
  bar(node) {
    const [from, to] = this.zoom;
    const scale = 100 / (to - from);
    const at = (nanos) => (Math.max(from, Math.min(to, nanos)) - from) * scale;
    const line = el("div", { class: "line" });
    if (node.end < from || node.start > to) {
      line.append(el("span", { class: node.end < from ? "off left" : "off right", text: node.end < from ? "‹" : "›" }));
      return line;
    }
    const [left, right] = [at(node.start), at(node.end)];
    const bar = el("div", { class: "bar" });
    bar.style.left = `${left}%`;
    bar.style.width = `${right - left}%`;
    const segments = selfSegments(node).filter(([start, end]) => end > from && start < to);
    const merged = segments.length > MOST_SEGMENTS ? mergeSegments(segments, (to - from) / 300) : segments;
    for (const [start, end] of merged) {
      const part = el("i");
      part.style.left = `${at(start)}%`;
      part.style.width = `${at(end) - at(start)}%`;
      line.append(part);
    }
    line.prepend(bar);
    line.append(...this.eventMarks(node, at));
    return line;
  }

  eventMarks(node, at) {
    const [from, to] = this.zoom;
    const events = node.span[EVENTS] || [];
    return events.slice(0, MOST_SEGMENTS).flatMap(([name, time]) => {
      const when = Number(time) - this.trace.first;
      if (when < from || when > to) return [];
      const mark = el("u", { title: `${clean(strings[name])} ${offset(when)}` });
      mark.style.left = `${at(when)}%`;
      return [mark];
    });
  }

  open(index, event) {
    const node = this.nodes[index];
    if (event.target.closest && event.target.closest(".fold") && node.children.length > 0) {
      node.isFolded = !node.isFolded;
      this.update();
    }
    this.select(node, event.type === "click" || event.key === "Enter");
  }

  rowKey(event, node) {
    if (!node) return false;
    if (event.shiftKey && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
      this.pan(event.key === "ArrowLeft" ? -0.2 : 0.2);
    } else if (event.key === "ArrowLeft") {
      if (node.children.length > 0 && !node.isFolded) this.fold(node, true);
      else if (node.parent) this.moveTo(node.parent);
    } else if (event.key === "ArrowRight") {
      if (node.isFolded) this.fold(node, false);
      else if (node.children.length > 0) this.moveTo(node.children[0]);
    } else if (event.key === "*") {
      this.foldAll(!node.children.some((child) => child.isFolded), node);
    } else return false;
    return true;
  }

  fold(node, isFolded) {
    node.isFolded = isFolded;
    this.update();
  }

  // Everything below a node, or all.
  foldAll(isFolded, below) {
    for (const node of this.tree.nodes) {
      const isBelow = !below || (node.place > below.place && node.place < below.place + below.size);
      if (isBelow && node.parent && node.children.length > 0) node.isFolded = isFolded;
    }
    this.update();
  }

  // Shows a node, whatever is folded.
  moveTo(node, isSilent) {
    let isHidden = false;
    for (let above = node.parent; above; above = above.parent) {
      isHidden = isHidden || above.isFolded;
      above.isFolded = false;
    }
    if (isHidden) this.update();
    this.rows.moveTo(this.nodes.indexOf(node), isSilent);
  }

  // Goes to the next node, forwards or backwards, that `test` wants.
  step(direction, test) {
    const { nodes } = this.tree;
    const current = this.nodes[this.rows.cursor];
    let place = current ? current.place : direction > 0 ? -1 : 0;
    for (let left = nodes.length; left > 0; left--) {
      place = (place + direction + nodes.length) % nodes.length;
      if (test(nodes[place])) return this.moveTo(nodes[place]);
    }
  }

  highlight(matches) {
    this.matches = matches;
    this.rows.refresh();
    this.drawOverview();
  }

  setZoom(from, to) {
    const least = Math.min(this.total, 10);
    const width = Math.max(least, Math.min(this.total, to - from));
    const start = Math.max(0, Math.min(this.total - width, from));
    this.zoom = [start, start + width];
    const isAll = width >= this.total;
    keepSoon({ from: isAll ? "" : Math.round(start), to: isAll ? "" : Math.round(start + width) });
    this.showZoom();
    this.rows.refresh();
  }

  // By a factor, around a place between 0 and 1.
  zoomBy(factor, place = 0.5) {
    const [from, to] = this.zoom;
    const middle = from + (to - from) * place;
    this.setZoom(middle - (middle - from) * factor, middle + (to - middle) * factor);
  }

  pan(share) {
    const [from, to] = this.zoom;
    this.setZoom(from + (to - from) * share, to + (to - from) * share);
  }

  showZoom() {
    const [from, to] = this.zoom;
    this.window.hidden = to - from >= this.total;
    this.window.style.left = `${(from / this.total) * 100}%`;
    this.window.style.width = `${((to - from) / this.total) * 100}%`;
    const steps = isNarrow() ? 3 : 5;
    const ticks = Array.from({ length: steps }, (_, index) => {
      const tick = el("span", { text: offset(from + ((to - from) * index) / steps).replace(/^\+0 ns$/, "0") });
      tick.style.left = `${(index / steps) * 100}%`;
      return tick;
    });
    fillWith(this.ruler, el("div", { class: "ticks" }, ...ticks));
  }

  drawOverview() {
    const { context, width, height } = sharpen(this.overview);
    context.clearRect(0, 0, width, height);
    const nodes = this.tree.nodes;
    const line = Math.max(1, Math.min(4, (height - 4) / nodes.length - 0.5));
    nodes.forEach((node, index) => {
      context.fillStyle = cssColor(isError(node.span) ? "var(--error)" : colorOf(serviceOf(node.span)));
      context.globalAlpha = this.matches === null || this.matches.has(node) ? 0.9 : 0.2;
      const y = 2 + (index / nodes.length) * (height - 4);
      context.fillRect((node.start / this.total) * width, y, Math.max(1, (node.duration / this.total) * width), line);
    });
  }

  listen() {
    const share = (event, element) => {
      const box = element.getBoundingClientRect();
      return Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
    };
    let begin = null;
    this.overviewBox.addEventListener("pointerdown", (event) => {
      begin = share(event, this.overviewBox);
      this.overviewBox.setPointerCapture(event.pointerId);
    });
    this.overviewBox.addEventListener("pointermove", (event) => {
      if (begin === null) return;
      const end = share(event, this.overviewBox);
      if (Math.abs(end - begin) > 0.005) this.setZoom(Math.min(begin, end) * this.total, Math.max(begin, end) * this.total);
    });
    this.overviewBox.addEventListener("pointerup", () => (begin = null));
    this.overviewBox.addEventListener("dblclick", () => this.setZoom(0, this.total));
    this.rows.element.addEventListener("wheel", (event) => this.onWheel(event, share), { passive: false });
  }

  onWheel(event, share) {
    const line = event.target.closest(".line") || this.ruler.firstChild;
    if (event.ctrlKey && line) {
      event.preventDefault();
      this.zoomBy(event.deltaY > 0 ? 1.25 : 0.8, share(event, line));
    } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      event.preventDefault();
      this.pan((event.deltaX || event.deltaY) / 1000);
    }
  }

  leave() {
    this.observer.disconnect();
    this.rows.observer.disconnect();
  }
}

// Segments nearer to each other than `gap` as one.
function mergeSegments(segments, gap) {
  const merged = [];
  for (const [start, end] of segments) {
    const last = merged[merged.length - 1];
    if (last && start - last[1] < gap) last[1] = end;
    else merged.push([start, end]);
  }
  return merged;
}
