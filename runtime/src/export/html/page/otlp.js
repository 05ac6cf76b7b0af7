// A trace as OTLP in JSON again: what any backend takes.

function otlpOf(trace) {
  const byOrigin = new Map();
  for (const span of trace.spans) {
    if (!byOrigin.has(span[ORIGIN])) byOrigin.set(span[ORIGIN], []);
    byOrigin.get(span[ORIGIN]).push(otlpSpan(trace, span));
  }
  const resourceSpans = [...byOrigin].map(([number, spans]) => {
    const { resource, resourceSchemaUrl, scope, scopeSchemaUrl } = JSON.parse(strings[number]);
    return {
      resource,
      scopeSpans: [{ scope, spans, ...present({ schemaUrl: scopeSchemaUrl }) }],
      ...present({ schemaUrl: resourceSchemaUrl }),
    };
  });
  return JSON.stringify({ resourceSpans });
}

function otlpSpan(trace, span) {
  const unix = (nanos) => String(trace.base + BigInt(nanos));
  const start = BigInt(span[START]);
  const status = isError(span) ? { code: 2, ...present({ message: errorOf(span) }) } : span[STATUS] && { code: 1 };
  return {
    traceId: trace.id,
    spanId: span[ID],
    flags: span[FLAGS],
    name: nameOf(span),
    kind: span[KIND],
    startTimeUnixNano: unix(start),
    endTimeUnixNano: unix(start + BigInt(span[DURATION])),
    ...present({
      parentSpanId: span[PARENT],
      attributes: otlpAttributes(span[ATTRIBUTES]),
      events: (span[EVENTS] || []).map(([name, time, attributes, dropped]) => ({
        timeUnixNano: unix(time),
        name: strings[name],
        ...present({ attributes: otlpAttributes(attributes), droppedAttributesCount: dropped }),
      })),
      links: (span[LINKS] || []).map(([traceId, spanId, attributes, dropped, flags, traceState]) => ({
        traceId,
        spanId,
        ...present({ attributes: otlpAttributes(attributes), droppedAttributesCount: dropped, flags, traceState }),
      })),
      status,
      ...span[REST],
    }),
  };
}

// Without what has its default value.
function present(fields) {
  const isThere = ([, value]) => value && value.length !== 0;
  return Object.fromEntries(Object.entries(fields).filter(isThere));
}

const otlpAttributes = (flat) => pairsOf(flat).map(otlpPair);
const otlpPair = ([key, value]) => ({ key, value: otlpValue(value) });

function otlpValue({ type, of }) {
  switch (type) {
    case "string":
      return { stringValue: of };
    case "bool":
      return { boolValue: of };
    case "int":
      return { intValue: String(of) };
    case "double":
      return { doubleValue: of };
    case "bytes":
      return { bytesValue: of };
    case "array":
      return { arrayValue: { values: of.map(otlpValue) } };
    case "map":
      return { kvlistValue: { values: of.map(otlpPair) } };
    default:
      return {};
  }
}
