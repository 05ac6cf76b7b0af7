// What the page was given. A span is the array that `encode.rs` describes.

const data = JSON.parse(document.getElementById("data").textContent);
const strings = data.strings;

// Places in a span.
const NAME = 0;
const ORIGIN = 1;
const KIND = 2;
const ID = 3;
const PARENT = 4;
const START = 5;
const DURATION = 6;
const FLAGS = 7;
const STATUS = 8;
const ATTRIBUTES = 9;
const EVENTS = 10;
const LINKS = 11;
const REST = 12;

const KINDS = ["", "", "server", "client", "producer", "consumer"];

const nameOf = (span) => strings[span[NAME]];
// As it is shown; many spans have the same.
const cleanNames = [];
const shownName = (span) => (cleanNames[span[NAME]] ??= clean(nameOf(span)));
const serviceOf = (span) => originOf(span).service;
// One number for each pair of service and name.
const keyOf = (span) => originOf(span).color * 2 ** 32 + span[NAME];
const kindOf = (span) => KINDS[span[KIND]] || "";
const startOf = (span) => Number(span[START]);
const durationOf = (span) => Math.max(0, Number(span[DURATION]));
const isError = (span) => typeof span[STATUS] !== "number";
const errorOf = (span) => (isError(span) ? textOf(span[STATUS]) : null);

// A text value: the text, or its number in an array.
function textOf(value) {
  return typeof value === "string" ? value : strings[value[0]];
}

function valueOf(value) {
  if (value === null) return { type: "empty" };
  if (typeof value === "boolean") return { type: "bool", of: value };
  if (typeof value === "number") return { type: "int", of: value };
  if (typeof value === "string" || Array.isArray(value)) return { type: "string", of: textOf(value) };
  if ("i" in value) return { type: "int", of: value.i };
  if ("d" in value) return { type: "double", of: value.d };
  if ("b" in value) return { type: "bytes", of: value.b };
  if ("a" in value) return { type: "array", of: (value.a || []).map(valueOf) };
  return { type: "map", of: pairsOf(value.m) };
}

// Attributes, or a map, as keys with values.
function pairsOf(flat) {
  const pairs = [];
  for (let index = 0; index < (flat || []).length; index += 2) {
    pairs.push([strings[flat[index]], valueOf(flat[index + 1])]);
  }
  return pairs;
}

function attributeText(flat, key) {
  const found = pairsOf(flat).find(([name]) => name === key);
  return found && found[1].type === "string" ? found[1].of : found && valueText(found[1]);
}

// Resource and scope of a span; those of one process share one.
const originOf = (span) => origins.get(span[ORIGIN]);

// The services, in the order in which they began to work; their colours follow from it.
const services = [];
const origins = readOrigins();

function readOrigins() {
  const firsts = new Map();
  for (const { base, spans } of data.traces) {
    const millis = Number(BigInt(base) / 1000000n);
    for (const span of spans) {
      const start = millis + startOf(span) / 1e6;
      if (!(firsts.get(span[ORIGIN]) <= start)) firsts.set(span[ORIGIN], start);
    }
  }
  const numbers = [...firsts].sort(([, a], [, b]) => a - b).map(([number]) => number);
  return new Map(numbers.map((number) => [number, readOrigin(JSON.parse(strings[number]))]));
}

function readOrigin(origin) {
  const named = (origin.resource.attributes || []).find((attribute) => attribute.key === "service.name");
  const service = (named && named.value && named.value.stringValue) || "";
  const known = services.indexOf(service);
  return { ...origin, service, color: known < 0 ? services.push(service) - 1 : known };
}

function colorOf(service) {
  return `var(--s${Math.max(0, services.indexOf(service)) % 10})`;
}

// What the list shows of a trace. Times are in nanoseconds since `start`, the first start of a span.
class Trace {
  constructor({ id, base, spans, leftOutSpans }) {
    Object.assign(this, { id, base: BigInt(base), spans, leftOutSpans });
    let [first, end, errors] = [Infinity, -Infinity, 0];
    const colors = new Set();
    const ids = new Set(spans.map((span) => span[ID]));
    let root = null;
    let isRooted = false;
    for (const span of spans) {
      const start = startOf(span);
      first = Math.min(first, start);
      end = Math.max(end, start + durationOf(span));
      errors += isError(span) ? 1 : 0;
      colors.add(originOf(span).color);
      if (span[PARENT] !== "" && ids.has(span[PARENT]) && span[PARENT] !== span[ID]) continue;
      // A true root before a span whose parent is missing.
      const isTrue = span[PARENT] === "";
      if (!root || (isTrue && !isRooted) || (isTrue === isRooted && start < startOf(root))) {
        [root, isRooted] = [span, isTrue];
      }
    }
    root = root || spans[0];
    Object.assign(this, { first, errors, root, duration: end - first, services: [...colors].sort((a, b) => a - b) });
    this.name = clean(nameOf(root));
    this.service = serviceOf(root);
    this.start = this.base + BigInt(first);
    this.startMillis = Number(this.start / 1000n) / 1000;
  }
}

const traces = data.traces.map((each) => new Trace(each)).sort((a, b) => a.startMillis - b.startMillis);
const tracesById = new Map(traces.map((trace) => [trace.id, trace]));
const spanCount = traces.reduce((sum, trace) => sum + trace.spans.length, 0);
const errorCount = traces.reduce((sum, trace) => sum + trace.errors, 0);
const isOneDay =
  traces.length === 0 ||
  new Date(traces[0].startMillis).toDateString() === new Date(traces[traces.length - 1].startMillis).toDateString();
