// One trace.

const TABS = { waterfall: "Waterfall", flame: "Flame graph", table: "Table" };

views.trace = (main, [id], params) => {
  const trace = tracesById.get(id);
  return trace ? new TraceView(main, trace, params) : notFound(main, id);
};

function notFound(main, id) {
  const text = `Trace ${clean(id || "")} is not on this page. It may have been among those that were left out.`;
  fillWith(main, el("p", { class: "nothing" }, text, " ", el("a", { href: "#traces", text: "All traces" })));
  return QUIET;
}

class TraceView {
  constructor(main, trace, params) {
    this.trace = trace;
    this.params = params;
    this.tree = treeOf(trace);
    this.search = new Search(params.get("q") || "");
    this.field = searchField("Find spans", this.search.text, (search) => this.find(search, true));
    this.found = el("span", { class: "found" });
    this.tabs = el("div", { class: "tabs", role: "tablist", "aria-label": "Views of the trace" }, ...this.tabButtons());
    this.zoomButtons = el(
      "div",
      { class: "zoom", role: "group", "aria-label": "Zoom" },
      button("−", () => this.waterfall.zoomBy(2), { "aria-label": "Zoom out", "aria-keyshortcuts": "-" }),
      button("All", () => this.waterfall.setZoom(0, this.waterfall.total), { "aria-keyshortcuts": "0" }),
      button("+", () => this.waterfall.zoomBy(0.5), { "aria-label": "Zoom in", "aria-keyshortcuts": "+" })
    );
    this.body = el("div", { class: "trace-body", role: "tabpanel" });
    this.details = el("aside", { class: "details", "aria-label": "Span", tabindex: "-1", hidden: true });
    const tools = el("div", { class: "tools" }, this.tabs, this.field, this.found, this.zoomButtons);
    fillWith(main, el("div", { class: "trace" }, this.heading(), tools, el("div", { class: "split" }, this.body, this.details)));
    document.title = `${trace.name} · ${duration(trace.duration)}`;
    const span = this.tree.byId.get(params.get("span"));
    this.openTab(params.get("tab") in TABS ? params.get("tab") : "waterfall", true);
    if (!this.search.isEmpty) this.find(this.search);
    if (span) this.waterfall.moveTo(span);
    else this.waterfall.rows.moveTo(0, true);
    if (span || !isNarrow()) this.select(span || this.waterfall.nodes[0], true);
    this.focus();
  }

  heading() {
    const { trace } = this;
    const facts = [duration(trace.duration), plural(trace.spans.length, "span"), clock(trace.startMillis, true)];
    const errors = trace.errors > 0 && el("span", { class: "error", text: `✗ ${plural(trace.errors, "error")}` });
    const leftOut = trace.leftOutSpans > 0 && el("span", { class: "note", text: `${plural(trace.leftOutSpans, "span")} left out: the page was full` });
    const orphans = this.tree.roots.filter((node) => node.isOrphan).length;
    const missing = orphans > 0 && el("span", { class: "note", text: `${count(orphans)} without parent (◌)` });
    const marks = trace.services.map((color) => serviceMark(services[color]));
    return el(
      "div",
      { class: "heading" },
      el("a", { class: "back", href: address("traces", [], { q: this.search.text }), "aria-label": "All traces", text: "←" }),
      el("h1", { text: trace.name || "(no name)" }),
      el("p", { class: "under" }, ...facts.map((fact) => el("span", { text: fact })), ...[errors, leftOut, missing].filter(Boolean)),
      el("div", { class: "marks" }, ...marks),
      el(
        "div",
        { class: "actions" },
        button("Copy id", () => copy(trace.id, "trace id"), { title: clean(trace.id) }),
        button("Copy link", () => copy(linkToView(), "link to this view")),
        button("Copy as OTLP", () => copy(otlpOf(trace), "trace as OTLP in JSON")),
        button("Compare…", () => this.compare())
      )
    );
  }

  compare() {
    chosen.clear();
    chosen.add(this.trace.id);
    goTo("traces", [], {});
  }

  tabButtons() {
    return Object.entries(TABS).map(([key, label], index) => {
      const tab = button(label, () => this.openTab(key), { role: "tab", "aria-keyshortcuts": index + 1 });
      tab.dataset.tab = key;
      tab.addEventListener("keydown", (event) => {
        const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
        if (!step) return;
        const keys = Object.keys(TABS);
        this.openTab(keys[(keys.indexOf(key) + step + keys.length) % keys.length]);
        this.tabs.querySelector("[aria-selected=true]").focus();
      });
      return tab;
    });
  }

  openTab(key, isFirst) {
    this.tab = key;
    if (!isFirst) keep({ tab: key === "waterfall" ? "" : key });
    for (const tab of this.tabs.children) {
      const isOpen = tab.dataset.tab === key;
      tab.setAttribute("aria-selected", isOpen);
      tab.tabIndex = isOpen ? 0 : -1;
    }
    if (!this.waterfall) this.waterfall = new Waterfall(this.trace, this.zoomOfAddress(), (node, isAsked) => this.select(node, isAsked));
    if (this.part && this.part !== this.waterfall) this.part.leave();
    this.part = key === "flame" ? this.flame() : key === "table" ? this.table() : this.waterfall;
    this.zoomButtons.hidden = key !== "waterfall";
    // They are of the span under the cursor, which only the waterfall has.
    if (key !== "waterfall") this.details.hidden = true;
    else if (this.node && !isNarrow()) this.details.hidden = false;
    fillWith(this.body, this.part.element);
  }

  zoomOfAddress() {
    const [from, to] = [Number(this.params.get("from")), Number(this.params.get("to"))];
    return to > from && from >= 0 ? [from, Math.min(to, this.trace.duration)] : null;
  }

  flame() {
    return new Flame([this.tree], (frame) => this.findSpans(frame));
  }

  table() {
    const table = new TimeTable(this.tree.nodes, (line) => this.findSpans(line));
    table.leave = () => table.observer.disconnect();
    return table;
  }

  // Back in the waterfall, at the first of these spans.
  findSpans(line) {
    this.field.value = wordsFor(line);
    this.openTab("waterfall");
    this.find(new Search(this.field.value), true);
    this.focus();
  }

  find(search, isNew) {
    this.search = search;
    if (isNew) keep({ q: search.text });
    const matches = search.isEmpty ? null : new Set(this.tree.nodes.filter((node) => search.fitsSpan(node.span, this.trace)));
    // A search that found the trace need not be one for spans.
    this.matches = matches;
    this.waterfall.highlight(matches && matches.size > 0 ? matches : null);
    this.found.textContent = matches ? plural(matches.size, "span") : "";
    if (!isNew || !matches) return;
    say(this.found.textContent);
    const current = this.waterfall.nodes[this.waterfall.rows.cursor];
    if (matches.size > 0 && !matches.has(current)) this.waterfall.step(1, (node) => matches.has(node));
  }

  select(node, isAsked) {
    this.node = node;
    keepSoon({ span: node.span[ID] });
    // On a phone the details cover the spans: they come when asked for.
    if (isNarrow() && !isAsked && this.details.hidden) return;
    const close = button("×", () => this.closeDetails(), { class: "close", "aria-label": "Close" });
    this.details.hidden = this.tab !== "waterfall";
    fillWith(this.details, close, ...spanDetails(this.trace, node, (other) => this.go(other)));
    this.details.scrollTop = 0;
  }

  closeDetails() {
    this.details.hidden = true;
    this.focus();
  }

  go(node) {
    if (this.tab !== "waterfall") this.openTab("waterfall");
    this.waterfall.moveTo(node, true);
    this.select(node, true);
    this.focus();
  }

  focus() {
    if (this.tab === "waterfall") this.waterfall.rows.element.focus({ preventScroll: true });
  }

  // The list that keys move in when nothing else has the focus.
  get rows() {
    return this.part.rows;
  }

  key(event) {
    const act = {
      1: () => this.openTab("waterfall"),
      2: () => this.openTab("flame"),
      3: () => this.openTab("table"),
      "[": () => this.neighbour(-1),
      "]": () => this.neighbour(1),
      Escape: () => (this.details.hidden ? goTo("traces", [], { q: this.params.get("q") }) : this.closeDetails()),
    };
    const onWaterfall = {
      "+": () => this.waterfall.zoomBy(0.5),
      "=": () => this.waterfall.zoomBy(0.5),
      "-": () => this.waterfall.zoomBy(2),
      0: () => this.waterfall.setZoom(0, this.waterfall.total),
      z: () => this.node && this.waterfall.setZoom(this.node.start, this.node.end),
      f: () => this.waterfall.foldAll(!this.waterfall.nodes.some((node) => node.isFolded)),
      e: () => this.waterfall.step(1, (node) => isError(node.span)),
      E: () => this.waterfall.step(-1, (node) => isError(node.span)),
      n: () => this.waterfall.step(1, (node) => !this.matches || this.matches.has(node)),
      N: () => this.waterfall.step(-1, (node) => !this.matches || this.matches.has(node)),
    };
    const action = act[event.key] || (this.tab === "waterfall" && onWaterfall[event.key]);
    if (action) action();
    return Boolean(action);
  }

  // The trace before or after this one.
  neighbour(step) {
    const next = traces[traces.indexOf(this.trace) + step];
    if (next) goTo("trace", [next.id], {});
    else say(step > 0 ? "this is the last trace" : "this is the first trace");
  }

  leave() {
    this.waterfall.leave();
    if (this.part !== this.waterfall) this.part.leave();
  }
}
