// All that is known of one span.

function spanDetails(trace, node, onGo) {
  const { span } = node;
  const title = el("h2", {}, isError(span) && el("span", { class: "error", text: "✗ " }), clean(nameOf(span)) || "(no name)");
  const parts = [
    title,
    el("p", { class: "under" }, serviceMark(serviceOf(span)), kindOf(span) && el("span", { class: "kind", text: kindOf(span) })),
    spanTimes(trace, node),
    errorPart(node, onGo),
    attributePart("Attributes", pairsOf(span[ATTRIBUTES]), dropped(span, "droppedAttributesCount", "attribute")),
    eventPart(trace, span),
    linkPart(span),
    originPart(span),
    idPart(trace, node, onGo),
  ];
  return parts.filter((part) => part !== null);
}

function spanTimes(trace, node) {
  const start = Number((trace.start + BigInt(Math.round(node.start))) / 1000n) / 1000;
  const share = trace.duration > 0 ? ` (${Math.round((node.duration / trace.duration) * 100)} % of the trace)` : "";
  return facts([
    ["Duration", duration(node.duration) + share],
    ["Self", node.children.length > 0 ? duration(node.self) : "all of it"],
    ["Started", `${offset(node.start)}, at ${clock(start, true)}`],
    ["Below it", node.size > 1 ? plural(node.size - 1, "span") : null],
  ]);
}

// Pairs of a name and a text, or an element.
function facts(pairs) {
  const list = el("dl", { class: "facts" });
  for (const [name, value] of pairs) {
    if (value === null || value === undefined || value === "") continue;
    list.append(el("dt", { text: name }), el("dd", {}, value));
  }
  return list;
}

function errorPart(node, onGo) {
  if (!isError(node.span)) return null;
  const source = sourceOf(node);
  const message = errorOf(node.span);
  return el(
    "div",
    { class: "failure" },
    el("p", { class: "message", text: message === "" ? "failed, without a message" : clean(message) }),
    source &&
      el("p", { class: "from" }, "first failed in ", button(clean(nameOf(source.span)) || "(no name)", () => onGo(source), { class: "link" }))
  );
}

function dropped(span, field, noun) {
  const number = (span[REST] || {})[field];
  return number ? `${plural(Number(number), noun)} more were dropped at the limit` : "";
}

function attributePart(title, pairs, note) {
  if (pairs.length === 0 && !note) return null;
  return el("section", {}, el("h3", { text: title }), attributeTable(pairs), note && el("p", { class: "note", text: note }));
}

function attributeTable(pairs) {
  const rows = pairs.map(([key, value]) =>
    el("tr", {}, el("th", { scope: "row" }, ...breakable(clean(key))), el("td", { class: value.type }, ...longText(valueLines(value))))
  );
  return el("table", { class: "attributes" }, el("tbody", {}, ...rows));
}

// A text that may be broken behind its dots, colons and the like.
function breakable(text) {
  return text.split(/(?<=[._/:]+)(?![._/:])/).flatMap((part) => [part, el("wbr")]);
}

// A text of several lines stays one; everything else looks as in the terminal.
function valueLines(value) {
  return value.type === "string" && value.of.includes("\n") ? value.of.split("\n").map(clean).join("\n") : valueText(value);
}

// Text that is shown whole when somebody asks for it.
function longText(text) {
  const most = 600;
  if (text.length <= most) return breakable(text);
  const more = button(`show all ${count(text.length)} characters`, () => fillWith(more.parentNode, text), { class: "link" });
  return [text.slice(0, most) + "… ", more];
}

function eventPart(trace, span) {
  const note = dropped(span, "droppedEventsCount", "event");
  if (!span[EVENTS] && !note) return null;
  const events = (span[EVENTS] || []).map(([name, time, attributes, lost]) => {
    const when = offset(Number(time) - trace.first);
    const head = el("p", { class: "event" }, el("b", { text: clean(strings[name]) }), el("span", { class: "time", text: when }));
    const more = lost ? el("p", { class: "note", text: `${plural(Number(lost), "attribute")} more were dropped at the limit` }) : null;
    const item = el("li", {}, head);
    item.append(...[strings[name] === "exception" ? exception(attributes) : attributeTable(pairsOf(attributes)), more].filter(Boolean));
    return item;
  });
  return el("section", {}, el("h3", { text: "Events" }), el("ol", { class: "events" }, ...events), note && el("p", { class: "note", text: note }));
}

// The message with those of its sources; the stack when asked for.
function exception(attributes) {
  const text = (key) => attributeText(attributes, key);
  const stack = text("exception.stacktrace");
  const shown = ["exception.type", "exception.message", "exception.stacktrace"];
  const others = pairsOf(attributes).filter(([key]) => !shown.includes(key));
  const [first, ...sources] = (text("exception.message") || "").split(": ");
  const chain = sources.map((source, level) => el("li", { "--level": level, text: clean(source) }));
  return el(
    "div",
    { class: "exception" },
    text("exception.type") && el("code", { text: clean(text("exception.type")) }),
    first && el("p", { class: "message", text: clean(first) }),
    chain.length > 0 && el("ul", { class: "sources", "aria-label": "Sources" }, ...chain),
    others.length > 0 && attributeTable(others),
    stack && el("details", {}, el("summary", { text: "Stack trace" }), el("pre", { text: stack.split("\n").map(clean).join("\n") }))
  );
}

function linkPart(span) {
  const note = dropped(span, "droppedLinksCount", "link");
  if (!span[LINKS] && !note) return null;
  const links = (span[LINKS] || []).map(([traceId, spanId, attributes]) => {
    const to = tracesById.get(traceId);
    const target = to && to.spans.find((each) => each[ID] === spanId);
    const name = target ? clean(nameOf(target)) : to ? to.name : `span ${spanId} of trace ${traceId}`;
    const where = to
      ? el("a", { href: address("trace", [traceId], { span: target && spanId }), text: `↗ ${name}` })
      : el("span", { class: "id", text: `↗ ${clean(name)} (not on this page)` });
    return el("li", {}, where, button("Copy ids", () => copy(`${traceId} ${spanId}`, "ids"), { class: "small" }), attributeTable(pairsOf(attributes)));
  });
  return el("section", {}, el("h3", { text: "Links" }), el("ul", { class: "links" }, ...links), note && el("p", { class: "note", text: note }));
}

function originPart(span) {
  const { resource, scope } = originOf(span);
  const pairs = (resource.attributes || []).map(({ key, value }) => [key, ofOtlp(value)]);
  const scopeText = [scope.name, scope.version].filter(Boolean).join(" ");
  return el(
    "details",
    { class: "origin" },
    el("summary", { text: "Process and library" }),
    attributeTable(pairs),
    scopeText !== "" && facts([["Scope", clean(scopeText)]])
  );
}

// A value of OTLP in JSON.
function ofOtlp(value) {
  const [[name, of] = ["", null]] = Object.entries(value || {});
  switch (name) {
    case "stringValue":
      return { type: "string", of: String(of) };
    case "boolValue":
      return { type: "bool", of };
    case "intValue":
      return { type: "int", of };
    case "doubleValue":
      return { type: "double", of };
    case "bytesValue":
      return { type: "bytes", of };
    case "arrayValue":
      return { type: "array", of: (of.values || []).map(ofOtlp) };
    case "kvlistValue":
      return { type: "map", of: (of.values || []).map(({ key, value: inner }) => [key, ofOtlp(inner)]) };
    default:
      return { type: "empty" };
  }
}

function idPart(trace, node, onGo) {
  const { span } = node;
  const id = (text, what) =>
    el("span", { class: "id" }, el("code", { text: clean(text) }), button("Copy", () => copy(text, what), { class: "small", "aria-label": `Copy ${what}` }));
  const parent = node.parent && button(clean(nameOf(node.parent.span)) || "(no name)", () => onGo(node.parent), { class: "link" });
  return el(
    "section",
    {},
    el("h3", { text: "Ids" }),
    facts([
      ["Span", id(span[ID], "span id")],
      ["Parent", parent || (node.isOrphan ? `${clean(span[PARENT])} (not on this page)` : "none")],
      ["Trace", id(trace.id, "trace id")],
      ["Trace state", clean((span[REST] || {}).traceState || "")],
    ])
  );
}
