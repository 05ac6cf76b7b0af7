"use strict";
// Times, counts and texts for people: the same as in the terminal.

const SECOND = 1e9;

// Three significant digits and a unit: `850 ns`, `68.4 ms`, `2 min 05 s`.
function duration(nanos) {
  if (nanos < 0) return "−" + duration(-nanos);
  if (nanos < 1e3) return `${Math.round(nanos)} ns`;
  if (nanos < 999.5e3) return threeDigits(nanos, 1e3, "µs");
  if (nanos < 999.5e6) return threeDigits(nanos, 1e6, "ms");
  if (nanos < 60 * SECOND) return threeDigits(nanos, SECOND, "s");
  const seconds = Math.floor(nanos / SECOND);
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours} h ${two(minutes)} min` : `${minutes} min ${two(seconds % 60)} s`;
}

function threeDigits(nanos, unit, name) {
  const thousandths = Math.floor((nanos * 10 + unit / 200) / (unit / 100));
  const parts = thousandths < 9995 ? 100 : thousandths < 99950 ? 10 : 1;
  const value = Math.floor(nanos / (unit / parts) + 0.5);
  const digits = parts === 100 ? 2 : parts === 10 ? 1 : 0;
  return `${(value / parts).toFixed(digits)} ${name}`;
}

// Since the start of the trace.
function offset(nanos) {
  return nanos < 0 ? duration(nanos) : "+" + duration(nanos);
}

// A whole number with separators: `12,345`.
function count(number) {
  return String(Math.round(number)).replace(/\B(?=(\d{3})+$)/g, ",");
}

function plural(number, noun) {
  return `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
}

// The time of day here, to the millisecond; with the date where the traces are not all of one day.
function clock(millis, withDate) {
  const date = new Date(millis);
  const pad = (number, digits) => String(number).padStart(digits, "0");
  const day = `${date.getFullYear()}-${pad(date.getMonth() + 1, 2)}-${pad(date.getDate(), 2)} `;
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => pad(part, 2)).join(":");
  return `${withDate ? day : ""}${time}.${pad(date.getMilliseconds(), 3)}`;
}

// Control characters, and those that reverse the direction of writing, as escapes.
function clean(text) {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, (char) => {
    const short = { "\n": "\\n", "\r": "\\r", "\t": "\\t" }[char];
    return short || `\\u{${char.codePointAt(0).toString(16)}}`;
  });
}

// A value so that its type can be seen: text is quoted when it would read as something else.
function valueText(value) {
  switch (value.type) {
    case "string":
      return needsQuotes(value.of) ? `"${clean(value.of.replaceAll('"', '\\"'))}"` : clean(value.of);
    case "double":
      return doubleText(value.of);
    case "bytes":
      return "0x" + [...atobSafely(value.of)].map((char) => char.charCodeAt(0).toString(16).padStart(2, "0")).join("");
    case "array":
      return `[${value.of.map(valueText).join(", ")}]`;
    case "map":
      return `{${value.of.map(([key, each]) => `${clean(key)}=${valueText(each)}`).join(", ")}}`;
    case "empty":
      return "(empty)";
    default:
      return String(value.of);
  }
}

function needsQuotes(text) {
  const isNumber = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$|^[+-]?(inf|infinity|nan)$/i.test(text);
  return text === "" || isNumber || ["true", "false", "(empty)"].includes(text) || /[\s"]|^[[{]/.test(text);
}

function doubleText(number) {
  if (typeof number === "string") return { Infinity: "inf", "-Infinity": "-inf" }[number] || clean(number);
  return Number.isInteger(number) && Math.abs(number) < 1e16 ? number.toFixed(1) : String(number);
}

function atobSafely(base64) {
  try {
    return atob(base64);
  } catch {
    return "";
  }
}
