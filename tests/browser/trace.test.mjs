// One trace: the waterfall and what is known of a span.

import assert from "node:assert/strict";
import { test } from "node:test";
import { addressOf, cursor, dataOf, NARROW, open, search, settled, spanId, spokenRows, traceId } from "./browser.mjs";

const { traces } = dataOf("shop.html");
// A checkout whose card was declined.
const declined = traces.find(({ spans }) => spans.length === 13 && spans.some((span) => typeof span[8] !== "number"));
const number = parseInt(declined.id.slice(0, 8), 16) - 1;
const CHECKOUT = `#trace/${declined.id}`;
const REPORT = `#trace/${traceId(7)}`;
const title = (page) => page.locator(".details h2").textContent();

test("the tree is in order, with self times", async (t) => {
  const page = await open(t, "shop.html", { view: CHECKOUT });
  const rows = await spokenRows(page);
  assert.deepEqual(
    rows.map((row) => row.split(", ")[0]),
    ["POST /checkout", "place_order", "validate", "POST /orders", "POST /orders", "orders.create", "INSERT orders"]
      .concat(["payments.charge", "bank.authorize", "UPDATE orders", "send order-events", "process order-events", "mail.send"])
  );
  // 120 µs before its only child and 200 µs after it.
  assert.match(rows[0], /^POST \/checkout, gateway, server, .* self 320 µs, at \+0 ns$/);
  assert.match(rows[8], /^bank\.authorize, payments, client, .* at \+4\.90 ms, error card declined: insufficient funds$/);
  const levels = await page.locator(".row").evaluateAll((all) => all.map((row) => row.getAttribute("aria-level")));
  assert.deepEqual(levels.slice(0, 6), ["1", "2", "3", "3", "4", "5"]);
});

test("bars are where their times are", async (t) => {
  const page = await open(t, "shop.html", { view: CHECKOUT });
  const places = await page.evaluate(() => {
    const bars = [...document.querySelectorAll(".row")].map((row) => row.querySelector(".bar").getBoundingClientRect());
    const line = document.querySelector(".line").getBoundingClientRect();
    return { bars: bars.map(({ left, width }) => [(left - line.left) / line.width, width / line.width]), total: shown.trace.duration };
  });
  const [left, width] = places.bars[2];
  assert.ok(Math.abs(left - 160e3 / places.total) < 0.005 && Math.abs(width - 260e3 / places.total) < 0.01);
});

test("folding by keys and by click", async (t) => {
  const page = await open(t, "shop.html", { view: CHECKOUT });
  const rows = () => page.locator(".rows").getAttribute("aria-rowcount").then(Number);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowLeft");
  assert.equal(await rows(), 2);
  assert.match(await cursor(page), /^place_order.* 11 spans folded$/);
  await page.keyboard.press("ArrowLeft");
  assert.match(await cursor(page), /^POST \/checkout/);
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  assert.equal(await rows(), 13);
  await page.keyboard.press("f");
  assert.equal(await rows(), 2);
  await page.keyboard.press("f");
  assert.equal(await rows(), 13);
  await page.locator(".row", { hasText: "orders.create" }).locator(".fold").click();
  assert.equal(await rows(), 6);
});

test("an error shows its message, sources, stack, and where it came from", async (t) => {
  const page = await open(t, "shop.html", { view: CHECKOUT });
  await page.keyboard.press("e");
  assert.equal(await title(page), "✗ orders.create");
  assert.equal(await page.locator(".failure .from button").textContent(), "bank.authorize");
  assert.equal(await page.locator(".exception code").textContent(), "orders::CreateError");
  const sources = await page.locator(".sources li").allTextContents();
  assert.deepEqual(sources, ["the order was not paid", "card declined", "insufficient funds"]);
  await page.locator(".exception summary").click();
  assert.match(await page.locator(".exception pre").textContent(), /at src\/payments\.rs:84\n/);
  await page.locator(".failure .from button").click();
  assert.equal(await title(page), "✗ bank.authorize");
  assert.match(await cursor(page), /^bank\.authorize/);
  const events = await page.locator(".event").allTextContents();
  assert.match(events[0], /^connected\+7\.00 ms$/);
  assert.equal(events.length, 2);
});

test("values look as in the terminal", async (t) => {
  const page = await open(t, "odd.html", { view: `#trace/${traceId(2)}?span=${spanId(2, 0)}` });
  const cells = await page.locator(".details section").first().locator("tr").evaluateAll((rows) =>
    Object.fromEntries(rows.map((row) => [row.cells[0].textContent, row.cells[1].textContent]))
  );
  const { long, ...others } = cells;
  assert.match(long, /^"long .* show all 2,002 characters$/);
  assert.deepEqual(others, {
    "code.function.name": "odd::handlers::values",
    least: "-9223372036854775808",
    greatest: "9223372036854775807",
    one: "1.0",
    tiny: "2.2e-308",
    nan: "NaN",
    infinite: "-inf",
    bytes: "0x00ff",
    "empty text": '""',
    "number text": '"42"',
    lines: "first\nsecond\\t\\u{1b}",
    empty: "(empty)",
    list: '[1, "a b"]',
    map: "{k=true}",
  });
  assert.match(await page.locator(".details").textContent(), /7 attributes more were dropped at the limit/);
});

test("links lead to spans of other traces, and to ids where there is no trace", async (t) => {
  const page = await open(t, "shop.html", { view: REPORT });
  const links = page.locator(".links li");
  assert.equal(await links.count(), 4);
  assert.match(await links.nth(3).textContent(), /span f{16} of trace f{32} \(not on this page\)/);
  await links.nth(3).getByRole("button").click();
  assert.equal(await page.evaluate(() => window.copied), `${"f".repeat(32)} ${"f".repeat(16)}`);
  await links.nth(0).getByRole("link").click();
  await page.waitForURL(new RegExp(`#trace/${traceId(2)}\\?span=${spanId(2, 0)}`));
  assert.equal(await page.locator("h1").textContent(), "POST /checkout");
});

test("zooming by keys, buttons, dragging and by link", async (t) => {
  const page = await open(t, "shop.html", { view: CHECKOUT });
  const zoom = () => page.evaluate(() => shown.waterfall.zoom.map((at) => at / shown.trace.duration));
  const near = (actual, expected) => actual.forEach((at, index) => assert.ok(Math.abs(at - expected[index]) < 0.02, `${actual}`));
  await page.keyboard.press("+");
  near(await zoom(), [0.25, 0.75]);
  await page.keyboard.press("Shift+ArrowRight");
  near(await zoom(), [0.35, 0.85]);
  await page.getByRole("button", { name: "Zoom out" }).click();
  near(await zoom(), [0, 1]);
  const box = await page.locator(".overview").boundingBox();
  await page.mouse.move(box.x + box.width * 0.2, box.y + 10);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.6, box.y + 10);
  await page.mouse.up();
  near(await zoom(), [0.2, 0.6]);
  await page.waitForFunction(() => {
    const from = new URLSearchParams(location.hash.split("?")[1]).get("from");
    return Math.abs(from / shown.trace.duration - 0.2) < 0.02;
  });
  const other = await open(t, "shop.html", { view: new URL(page.url()).hash });
  near(await other.evaluate(() => shown.waterfall.zoom.map((at) => at / shown.trace.duration)), [0.2, 0.6]);
  await page.locator(".overview").dblclick({ position: { x: 5, y: 5 } });
  near(await zoom(), [0, 1]);
  await page.keyboard.press("End");
  await page.keyboard.press("z");
  const [from, to] = await zoom();
  assert.ok(from > 0.5 && to > 0.99);
});

test("what is found is marked, and stepped through", async (t) => {
  const page = await open(t, "shop.html", { view: CHECKOUT });
  await search(page, "service:orders kind:client");
  assert.equal(await page.locator(".tools .found").textContent(), "2 spans");
  assert.equal(await page.locator(".row.faded").count(), 11);
  assert.match(await cursor(page), /^INSERT orders/);
  await page.locator(".rows").focus();
  await page.keyboard.press("n");
  assert.match(await cursor(page), /^UPDATE orders/);
  await page.keyboard.press("n");
  assert.match(await cursor(page), /^INSERT orders/);
  await page.keyboard.press("N");
  assert.match(await cursor(page), /^UPDATE orders/);
});

test("ids, the link to this view and OTLP are copied", async (t) => {
  const page = await open(t, "shop.html", { view: CHECKOUT });
  const copied = async (name) => {
    await page.getByRole("button", { name, exact: true }).click();
    return page.evaluate(() => window.copied);
  };
  assert.equal(await copied("Copy id"), declined.id);
  await page.keyboard.press("End");
  assert.equal(await page.locator("#said").textContent(), "trace id copied");
  const last = await title(page);
  const link = await copied("Copy link");
  const span = new URLSearchParams(link.split("?")[1]).get("span");
  assert.equal(span, spanId(number, 12));
  assert.equal(await copied("Copy span id"), span);
  const other = await open(t, "shop.html", { view: link.slice(addressOf("shop.html").length) });
  assert.equal(await title(other), last);
  const { resourceSpans } = JSON.parse(await copied("Copy as OTLP"));
  const spans = resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans: some }) => some));
  assert.equal(spans.length, 13);
  const first = spans.find(({ name }) => name === "POST /checkout");
  assert.equal(first.startTimeUnixNano, declined.base);
  assert.deepEqual(first.attributes[0], { key: "code.function.name", value: { stringValue: "gateway::handlers::POST /checkout" } });
});

test("OTLP comes out as it went in", async (t) => {
  const page = await open(t, "odd.html", { view: `#trace/${traceId(2)}` });
  await page.getByRole("button", { name: "Copy as OTLP" }).click();
  const { resourceSpans } = JSON.parse(await page.evaluate(() => window.copied));
  assert.equal(resourceSpans.length, 1);
  const [{ resource, scopeSpans }] = resourceSpans;
  assert.deepEqual(resource.attributes[3], { key: "process.pid", value: { intValue: "4711" } });
  assert.deepEqual(scopeSpans[0].scope, { name: "odd", version: "1.4.2" });
  const [values, skewed] = scopeSpans[0].spans;
  assert.equal(values.startTimeUnixNano, "1790000000002000000");
  assert.equal(values.endTimeUnixNano, "1790000000002004000");
  assert.deepEqual([values.traceState, values.droppedAttributesCount, values.flags, values.kind], ["vendor=1", 7, 257, 1]);
  assert.deepEqual(values.status, { code: 1 });
  assert.deepEqual([skewed.startTimeUnixNano, skewed.endTimeUnixNano], ["0", "18446744073709551615"]);
  assert.equal(skewed.parentSpanId, values.spanId);
  const byKey = Object.fromEntries(values.attributes.map(({ key, value }) => [key, value]));
  assert.deepEqual(byKey.least, { intValue: "-9223372036854775808" });
  assert.deepEqual(byKey.one, { doubleValue: 1 });
  assert.deepEqual(byKey.nan, { doubleValue: "NaN" });
  assert.deepEqual(byKey.bytes, { bytesValue: "AP8=" });
  assert.deepEqual(byKey.lines, { stringValue: "first\nsecond\t\u001b" });
  assert.deepEqual(byKey.empty, {});
  assert.deepEqual(byKey.list, { arrayValue: { values: [{ intValue: "1" }, { stringValue: "a b" }] } });
  assert.deepEqual(byKey.map, { kvlistValue: { values: [{ key: "k", value: { boolValue: true } }] } });
});

test("rings, lost parents and deep trees are shown", async (t) => {
  const ring = await open(t, "odd.html", { view: `#trace/${traceId(0)}` });
  assert.deepEqual((await spokenRows(ring)).map((row) => row.split(",")[0]).sort(), ["a", "b", "c", "self"]);
  assert.match(await ring.locator(".heading").textContent(), /2 without parent/);
  const deep = await open(t, "odd.html", { view: `#trace/${traceId(1)}` });
  await deep.locator(".rows").press("End");
  assert.match(await cursor(deep), /^level 2999,/);
  assert.equal(await deep.locator(".row.cursor").getAttribute("aria-level"), "3000");
});

test("on a phone the details come when asked for, and go", async (t) => {
  const page = await open(t, "shop.html", { view: CHECKOUT, size: NARROW });
  assert.equal(await page.locator(".details").isVisible(), false);
  await page.locator(".row", { hasText: "bank.authorize" }).click();
  assert.equal(await title(page), "✗ bank.authorize");
  await page.getByRole("button", { name: "Close" }).click();
  assert.equal(await page.locator(".details").isVisible(), false);
});

test("brackets go to the traces beside this one", async (t) => {
  const page = await open(t, "shop.html", { view: REPORT });
  await page.keyboard.press("]");
  await page.waitForURL(new RegExp(`#trace/${traceId(8)}`));
  await settled(page);
  await page.keyboard.press("[");
  await page.waitForURL(new RegExp(`#trace/${traceId(7)}`));
});
