// The list of traces.

const SORTS = {
  name: { label: "Trace", by: (a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0) },
  start: { label: "Started", by: (a, b) => b.startMillis - a.startMillis },
  duration: { label: "Duration", by: (a, b) => b.duration - a.duration },
  spans: { label: "Spans", by: (a, b) => b.spans.length - a.spans.length },
  errors: { label: "Errors", by: (a, b) => b.errors - a.errors },
};

// The traces that are chosen to be compared, and where the list stood.
const chosen = new Set();
const lastList = { id: null, top: 0 };

views.traces = (main, parts, params) => new TraceList(main, params);

class TraceList {
  constructor(main, params) {
    this.sort = params.get("sort") in SORTS ? params.get("sort") : "start";
    this.isReversed = params.get("order") === "reversed";
    this.search = new Search(params.get("q") || "");
    this.field = searchField("Search: words, service:…, key=value, duration>100ms, error", this.search.text, (search) => {
      this.search = search;
      keep({ q: search.text });
      this.update(true);
    });
    this.found = el("span", { class: "found" });
    this.scatter = new Scatter((trace) => this.openTrace(trace));
    this.heads = el("div", { class: "heads", role: "group", "aria-label": "Sort by" }, ...this.headButtons());
    this.rows = new Rows({
      role: "grid",
      rowRole: "row",
      label: "Traces",
      height: () => (isNarrow() ? 58 : 38),
      fill: (row, index) => this.fill(row, this.found.traces[index]),
      open: (index, event) => this.open(index, event),
      move: () => this.mark(),
      key: (event, index) => this.rowKey(event, index),
    });
    this.compare = el("div", { class: "bottom", hidden: true });
    const hints = searchHints(this.field);
    const tools = el("div", { class: "tools" }, this.field, this.found, hints);
    fillWith(main, el("div", { class: "list" }, el("h1", { class: "aside", text: "Traces" }), tools, this.scatter.element, this.heads, this.rows.element, this.compare));
    document.title = "Traces";
    this.update(false);
    this.restore();
  }

  headButtons() {
    return Object.entries(SORTS).map(([key, { label }]) =>
      el("button", { type: "button", class: `h-${key}`, onclick: () => this.sortBy(key) }, label)
    );
  }

  sortBy(key) {
    this.isReversed = this.sort === key && !this.isReversed;
    this.sort = key;
    keep({ sort: key === "start" ? "" : key, order: this.isReversed ? "reversed" : "" });
    this.update(true);
  }

  update(isNew) {
    const found = this.search.isEmpty ? [...traces] : traces.filter((trace) => this.search.fitsTrace(trace));
    found.sort((a, b) => SORTS[this.sort].by(a, b) || b.startMillis - a.startMillis);
    if (this.isReversed) found.reverse();
    this.found.traces = found;
    this.longest = found.reduce((longest, trace) => Math.max(longest, trace.duration), 1);
    const all = this.search.isEmpty ? plural(found.length, "trace") : `${count(found.length)} of ${plural(traces.length, "trace")}`;
    this.found.textContent = all;
    if (isNew) say(all);
    [...this.heads.children].forEach((head, index) => {
      const isSorted = Object.keys(SORTS)[index] === this.sort;
      head.setAttribute("aria-pressed", isSorted);
      head.dataset.order = isSorted ? (this.isReversed ? "▲" : "▼") : "";
    });
    this.rows.element.scrollTop = 0;
    this.rows.cursor = found.length > 0 ? 0 : -1;
    this.rows.setCount(found.length);
    this.rows.space.dataset.empty = found.length > 0 ? "" : traces.length > 0 ? "no trace fits the search" : "no traces yet";
    this.scatter.show(found);
    this.showChosen();
    this.mark();
  }

  restore() {
    const index = this.found.traces.findIndex((trace) => trace.id === lastList.id);
    if (index >= 0) {
      this.rows.element.scrollTop = lastList.top;
      this.rows.moveTo(index);
    }
    this.rows.element.focus({ preventScroll: true });
  }

  fill(row, trace) {
    const isChosen = chosen.has(trace.id);
    const box = el("input", { type: "checkbox", tabindex: "-1", "aria-label": `compare ${trace.name}` });
    box.checked = isChosen;
    row.classList.toggle("failed", trace.errors > 0);
    row.style.setProperty("--share", `${Math.max(0.5, (trace.duration / this.longest) * 100)}%`);
    row.style.setProperty("--c", colorOf(trace.service));
    const dots = trace.services.map((color) => dot(services[color]));
    const cell = (name, ...content) => el("div", { class: `c-${name}`, role: "gridcell" }, ...content);
    const errors = trace.errors > 0 ? `✗ ${count(trace.errors)}` : "";
    row.append(
      cell("pick", box),
      cell(
        "name",
        serviceMark(trace.service),
        el("a", { href: address("trace", [trace.id]), tabindex: "-1", text: trace.name || "(no name)" })
      ),
      cell("services", el("span", { class: "dots", title: this.serviceNames(trace) }, ...dots)),
      cell("start", clock(trace.startMillis, !isOneDay)),
      cell("duration", el("span", { class: "share" }), el("span", { class: "time", text: duration(trace.duration) })),
      cell("spans", el("span", { text: count(trace.spans.length) }), el("span", { class: "unit", text: " spans" })),
      cell("errors", errors && el("span", { class: "error", text: errors }))
    );
    row.setAttribute("aria-label", this.spoken(trace));
  }

  serviceNames(trace) {
    return trace.services.map((color) => clean(services[color]) || "(no service)").join(", ");
  }

  spoken(trace) {
    const errors = trace.errors > 0 ? `, ${plural(trace.errors, "error")}` : "";
    const facts = `${duration(trace.duration)}, ${plural(trace.spans.length, "span")}${errors}`;
    return `${trace.name}, ${facts}, started ${clock(trace.startMillis, !isOneDay)}, ${this.serviceNames(trace)}`;
  }

  open(index, event) {
    const trace = this.found.traces[index];
    if (event.target.closest && event.target.closest(".c-pick")) return this.choose(trace);
    if (event.target.closest && event.target.closest("a") && (event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    this.openTrace(trace);
  }

  openTrace(trace) {
    Object.assign(lastList, { id: trace.id, top: this.rows.element.scrollTop });
    goTo("trace", [trace.id], { q: this.search.text });
  }

  rowKey(event, index) {
    if ((event.key === " " || event.key === "x") && index >= 0) {
      this.choose(this.found.traces[index]);
      return true;
    }
    return false;
  }

  choose(trace) {
    if (!chosen.delete(trace.id)) {
      if (chosen.size === 2) chosen.delete([...chosen][1]);
      chosen.add(trace.id);
    }
    this.rows.refresh();
    this.showChosen();
  }

  showChosen() {
    this.compare.hidden = chosen.size === 0;
    const names = [...chosen].map((id) => tracesById.get(id).name).join(" and ");
    const text = chosen.size === 2 ? names : `${names}: choose another trace to compare it with`;
    fillWith(this.compare, 
      el("span", { text }),
      chosen.size === 2 && button("Compare", () => goTo("compare", [...chosen]), { class: "main" }),
      button("Clear", () => {
        chosen.clear();
        this.rows.refresh();
        this.showChosen();
      })
    );
  }

  mark() {
    this.scatter.mark(this.found.traces[this.rows.cursor]);
  }

  key(event) {
    if (event.key === "c" && chosen.size === 2) {
      goTo("compare", [...chosen]);
      return true;
    }
    if (event.key === "ArrowDown" && document.activeElement === this.field) {
      this.rows.element.focus();
      return true;
    }
    return false;
  }

  leave() {
    this.scatter.observer.disconnect();
    this.rows.observer.disconnect();
  }
}
