// What is typed into a search, and the spans that it means.
//
// Words stand side by side: a trace is found if one of its spans fits all of them, and none fits one behind a `-`.

const FIELD = /^(service|name|kind|event|error|trace|span):(.*)$/s;
const COMPARED = /^(duration|self)(>=|<=|>|<)(\d+(?:\.\d+)?) ?(ns|us|µs|ms|s|min)?$/;
const UNITS = { ns: 1, us: 1e3, "µs": 1e3, ms: 1e6, s: 1e9, min: 6e10 };

class Search {
  constructor(text) {
    this.text = text.trim();
    this.wanted = [];
    this.unwanted = [];
    for (const word of wordsOf(this.text)) {
      const isUnwanted = word.startsWith("-") && word.length > 1;
      (isUnwanted ? this.unwanted : this.wanted).push(fits(isUnwanted ? word.slice(1) : word));
    }
  }

  get isEmpty() {
    return this.text === "";
  }

  fitsTrace(trace) {
    const fit = (test) => trace.spans.some((span) => test(span, trace));
    return (this.wanted.length === 0 || fit((span) => this.fitsSpan(span, trace))) && !this.unwanted.some(fit);
  }

  fitsSpan(span, trace) {
    return this.wanted.every((test) => test(span, trace)) && !this.unwanted.some((test) => test(span, trace));
  }
}

// Split at blanks that stand in no quotation marks, which are taken away.
function wordsOf(text) {
  const words = text.match(/(?:"[^"]*"?|[^\s"])+/g) || [];
  return words.map((word) => word.replaceAll('"', "")).filter((word) => word !== "");
}

// A word as it has to be typed to be one.
function quoted(word) {
  return /\s/.test(word) ? `"${word}"` : word;
}

function fits(word) {
  const compared = COMPARED.exec(word);
  if (compared) return fitsTime(compared);
  if (word === "error") return isError;
  const field = FIELD.exec(word);
  if (field) return fitsField(field[1], field[2].toLowerCase());
  const equals = word.indexOf("=");
  if (equals > 0) return fitsAttribute(word.slice(0, equals), word.slice(equals + 1).toLowerCase());
  return fitsAny(word.toLowerCase());
}

function fitsTime([, what, relation, number, unit]) {
  const limit = Number(number) * UNITS[unit || "ms"];
  const time = (span, trace) => (what === "self" ? treeOf(trace).byId.get(span[ID]).self : durationOf(span));
  switch (relation) {
    case ">":
      return (span, trace) => time(span, trace) > limit;
    case ">=":
      return (span, trace) => time(span, trace) >= limit;
    case "<":
      return (span, trace) => time(span, trace) < limit;
    default:
      return (span, trace) => time(span, trace) <= limit;
  }
}

function fitsField(field, text) {
  // Of texts that many spans share, each is looked at once.
  const known = new Map();
  const holds = (number) => {
    if (!known.has(number)) known.set(number, strings[number].toLowerCase().includes(text));
    return known.get(number);
  };
  switch (field) {
    case "service":
      return (span) => serviceOf(span).toLowerCase() === text || (text === "" && serviceOf(span) === "");
    case "name":
      return (span) => holds(span[NAME]);
    case "kind":
      return (span) => (kindOf(span) || "internal") === text;
    case "event":
      return (span) => span[EVENTS] !== 0 && span[EVENTS].some((event) => holds(event[0]));
    case "error":
      return (span) => isError(span) && errorOf(span).toLowerCase().includes(text);
    case "trace":
      return (span, trace) => trace.id.startsWith(text);
    default:
      return (span) => span[ID].startsWith(text);
  }
}

// The value of an attribute of the span, its events or its process; nothing behind the sign means any value.
function fitsAttribute(key, text) {
  const isIn = (flat) =>
    pairsOf(flat).some(([name, value]) => name === key && (text === "" || searchedText(value).includes(text)));
  const inOrigin = new Map();
  const isInResource = (span) => {
    if (!inOrigin.has(span[ORIGIN])) {
      const attributes = originOf(span).resource.attributes || [];
      const found = attributes.find((attribute) => attribute.key === key);
      inOrigin.set(span[ORIGIN], Boolean(found) && JSON.stringify(found.value).toLowerCase().includes(text));
    }
    return inOrigin.get(span[ORIGIN]);
  };
  return (span) =>
    (span[ATTRIBUTES] !== 0 && isIn(span[ATTRIBUTES])) ||
    (span[EVENTS] !== 0 && span[EVENTS].some((event) => isIn(event[2]))) ||
    isInResource(span);
}

function searchedText(value) {
  return (value.type === "string" ? value.of : valueText(value)).toLowerCase();
}

// Any text of the span: its shared texts are searched once, whatever their number of uses.
function fitsAny(text) {
  const found = new Set();
  strings.forEach((each, number) => {
    if (typeof each === "string" && each.toLowerCase().includes(text)) found.add(number);
  });
  const isInValue = (value) => {
    if (typeof value === "string") return value.toLowerCase().includes(text);
    if (Array.isArray(value)) return found.has(value[0]);
    return value !== null && searchedText(valueOf(value)).includes(text);
  };
  const isIn = (flat) => {
    if (flat === 0) return false;
    for (let index = 0; index < flat.length; index += 2) {
      if (found.has(flat[index]) || isInValue(flat[index + 1])) return true;
    }
    return false;
  };
  return (span, trace) =>
    found.has(span[NAME]) ||
    serviceOf(span).toLowerCase().includes(text) ||
    isIn(span[ATTRIBUTES]) ||
    (isError(span) && errorOf(span).toLowerCase().includes(text)) ||
    (span[EVENTS] !== 0 && span[EVENTS].some((event) => found.has(event[0]) || isIn(event[2]))) ||
    span[ID] === text ||
    trace.id === text;
}
