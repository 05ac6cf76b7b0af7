// Each trace as a dot: when it started, how long it took. The list says the same in words.

const MARGIN = { left: 58, right: 12, top: 8, bottom: 18 };

class Scatter {
  constructor(open) {
    this.open = open;
    this.points = [];
    this.canvas = el("canvas", { role: "img" });
    this.element = el("div", { class: "scatter" }, this.canvas);
    this.canvas.addEventListener("mousemove", (event) => this.hover(event));
    this.canvas.addEventListener("mouseleave", () => this.hover(null));
    this.canvas.addEventListener("click", (event) => {
      const point = this.nearest(event);
      if (point) this.open(point.trace);
    });
    this.observer = onResize(this.element, () => this.layout());
  }

  show(found) {
    this.found = found;
    this.element.hidden = found.length < 2;
    this.layout();
  }

  mark(trace) {
    this.marked = trace;
    this.draw();
  }

  layout() {
    if (!this.found || this.element.hidden) return;
    Object.assign(this, sharpen(this.canvas));
    const range = (values) => values.reduce(([least, most], value) => [Math.min(least, value), Math.max(most, value)], [Infinity, -Infinity]);
    const [first, last] = range(this.found.map((trace) => trace.startMillis));
    const [shortest, longest] = range(this.found.map((trace) => Math.max(1, trace.duration)));
    const margin = Math.max(0.5, (last - first) / 50);
    this.times = [first - margin, last + margin];
    // Whole powers of ten, so that the lines have round numbers.
    this.powers = [Math.floor(Math.log10(shortest)), Math.ceil(Math.log10(longest * 1.05))];
    this.canvas.setAttribute(
      "aria-label",
      `Duration over time of ${plural(this.found.length, "trace")}, from ${duration(shortest)} to ${duration(longest)}; the list below has the same`
    );
    const { left, right, top, bottom } = MARGIN;
    const [width, height] = [this.width - left - right, this.height - top - bottom];
    const [low, high] = this.powers;
    this.y = (nanos) => top + height - ((Math.log10(Math.max(1, nanos)) - low) / Math.max(1, high - low)) * height;
    this.points = this.found.map((trace) => ({
      trace,
      x: left + ((trace.startMillis - this.times[0]) / (this.times[1] - this.times[0])) * width,
      y: this.y(trace.duration),
    }));
    this.base = null;
    this.draw();
  }

  draw() {
    if (!this.context || this.element.hidden) return;
    const { context, width, height } = this;
    if (!this.base) {
      context.clearRect(0, 0, width, height);
      this.drawAxes();
      this.drawPoints();
      this.base = document.createElement("canvas");
      Object.assign(this.base, { width: this.canvas.width, height: this.canvas.height });
      this.base.getContext("2d").drawImage(this.canvas, 0, 0);
    }
    context.clearRect(0, 0, width, height);
    context.drawImage(this.base, 0, 0, width, height);
    const marked = this.points.find((point) => point.trace === (this.hovered || this.marked));
    if (!marked) return;
    context.strokeStyle = cssColor("var(--text)");
    context.lineWidth = 1.5;
    context.beginPath();
    context.arc(marked.x, marked.y, 6, 0, 7);
    context.stroke();
  }

  drawAxes() {
    const { context, width, height } = this;
    context.font = "11px system-ui, sans-serif";
    context.fillStyle = cssColor("var(--dim)");
    context.strokeStyle = cssColor("var(--line)");
    context.textAlign = "right";
    const [low, high] = this.powers;
    const step = Math.ceil((high - low + 1) / 5);
    for (let power = low; power <= high; power += step) {
      const y = Math.round(this.y(10 ** power)) + 0.5;
      context.beginPath();
      context.moveTo(MARGIN.left, y);
      context.lineTo(width - MARGIN.right, y);
      context.stroke();
      context.fillText(duration(10 ** power).replace(/\.0+ /, " "), MARGIN.left - 6, Math.max(10, y + 4));
    }
    context.textAlign = "left";
    context.fillText(clock(this.times[0], !isOneDay), MARGIN.left, height - 4);
    context.textAlign = "right";
    context.fillText(clock(this.times[1], !isOneDay), width - MARGIN.right, height - 4);
  }

  drawPoints() {
    const { context } = this;
    const size = this.points.length > 5000 ? 2 : this.points.length > 500 ? 4 : 8;
    context.globalAlpha = this.points.length > 500 ? 0.6 : 0.85;
    for (const { trace, x, y } of this.points) {
      if (trace.errors > 0) continue;
      context.fillStyle = cssColor(colorOf(trace.service));
      context.beginPath();
      context.arc(x, y, size / 2, 0, 7);
      context.fill();
    }
    // Errors on top, and by shape as well.
    context.globalAlpha = 1;
    context.strokeStyle = cssColor("var(--error)");
    context.lineWidth = 2;
    const arm = Math.max(2, size / 2);
    context.beginPath();
    for (const { trace, x, y } of this.points) {
      if (trace.errors === 0) continue;
      context.moveTo(x - arm, y - arm);
      context.lineTo(x + arm, y + arm);
      context.moveTo(x - arm, y + arm);
      context.lineTo(x + arm, y - arm);
    }
    context.stroke();
  }

  nearest(event) {
    const box = this.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    let [best, least] = [null, 24 ** 2];
    for (const point of this.points) {
      const distance = (point.x - x) ** 2 + (point.y - y) ** 2;
      if (distance < least) [best, least] = [point, distance];
    }
    return best;
  }

  hover(event) {
    const point = event && this.nearest(event);
    this.hovered = point && point.trace;
    this.canvas.classList.toggle("on", Boolean(point));
    this.draw();
    if (!point) return showTip(null);
    const { trace } = point;
    const errors = trace.errors > 0 ? `, ${plural(trace.errors, "error")}` : "";
    const facts = `${duration(trace.duration)}, ${plural(trace.spans.length, "span")}${errors}`;
    showTip([`${clean(trace.service)}  ${trace.name}`, facts, clock(trace.startMillis, !isOneDay)], event.clientX, event.clientY);
  }
}
