// The list of traces.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cursor, dataOf, NARROW, open, search, spokenRows, traceId } from "./browser.mjs";

const NAME = 0;
const ORIGIN = 1;
const START = 5;
const DURATION = 6;
const STATUS = 8;
const ATTRIBUTES = 9;

const { strings, traces } = dataOf("shop.html");
const serviceOf = (span) =>
  JSON.parse(strings[span[ORIGIN]]).resource.attributes.find(({ key }) => key === "service.name").value.stringValue;
const having = (test) => traces.filter(({ spans }) => spans.some(test)).length;
const shown = (page) => page.locator(".rows").getAttribute("aria-rowcount").then(Number);

test("all traces are listed, and only those on the screen exist", async (t) => {
  const page = await open(t, "shop.html");
  assert.equal(await shown(page), traces.length);
  assert.ok((await page.locator(".row").count()) < 40);
  assert.match(await page.locator("#facts").textContent(), /^240 traces, 2,297 spans, 6 services, 78 errors · written 20/);
  await page.locator(".rows").press("End");
  const last = await cursor(page);
  assert.match(last, /started 14:13:/);
});

test("a search finds by service, name, attribute, duration, error, and what is not wanted", async (t) => {
  const page = await open(t, "shop.html");
  const key = (name) => strings.indexOf(name);
  const attribute = (span, name) => span[ATTRIBUTES][span[ATTRIBUTES].findIndex((each, index) => index % 2 === 0 && each === key(name)) + 1];
  const cases = [
    ["service:payments", having((span) => serviceOf(span) === "payments")],
    ["name:insert", having((span) => strings[span[NAME]].startsWith("INSERT"))],
    ["user.id=ann", having((span) => attribute(span, "user.id") === "ann")],
    ["cache.hit=true", having((span) => attribute(span, "cache.hit") === true)],
    ["duration>500ms", having((span) => span[DURATION] > 500e6)],
    ["duration>500ms service:payments", having((span) => span[DURATION] > 500e6 && serviceOf(span) === "payments")],
    ["error", having((span) => typeof span[STATUS] !== "number")],
    ["insufficient", having((span) => Array.isArray(span[STATUS]) && strings[span[STATUS][0]].includes("insufficient"))],
    ["error:timeout service:catalog", having((span) => Array.isArray(span[STATUS]) && strings[span[STATUS][0]].includes("timeout"))],
    ["-service:gateway", traces.filter(({ spans }) => !spans.some((span) => serviceOf(span) === "gateway")).length],
    ['"insufficient funds" -error', 0],
    [`trace:${traceId(5)}`, 1],
    ["event:connected kind:client", having((span) => serviceOf(span) === "payments")],
    ["host.name=host-3 name:mail", having((span) => strings[span[NAME]] === "mail.send")],
    ["4711", 0],
    ["process.pid=4711", traces.length],
    ["", traces.length],
  ];
  for (const [text, expected] of cases) {
    await search(page, text);
    assert.equal(await shown(page), expected, text);
  }
  // None of them is a test of nothing.
  assert.ok(cases.filter(([, expected]) => expected > 0 && expected < traces.length).length >= 10);
});

test("the columns sort, both ways", async (t) => {
  const page = await open(t, "shop.html");
  const longest = Math.max(...traces.map(({ spans }) => Math.max(...spans.map((span) => span[START] + span[DURATION])) - Math.min(...spans.map((span) => span[START]))));
  await page.getByRole("button", { name: "Duration" }).click();
  const [first] = await spokenRows(page);
  assert.ok(first.includes(`, ${Math.round(longest / 1e6)} ms, `), first);
  assert.equal(await page.getByRole("button", { name: "Duration" }).getAttribute("aria-pressed"), "true");
  await page.getByRole("button", { name: "Duration" }).click();
  assert.match((await spokenRows(page))[0], /(µs|, 1\.\d\d ms), 2 spans/);
  await page.getByRole("button", { name: "Trace", exact: true }).click();
  assert.match((await spokenRows(page))[0], /^GET \/products/);
});

test("a link opens the list as it was", async (t) => {
  const page = await open(t, "shop.html", { view: "#traces?q=error&sort=duration&order=reversed" });
  assert.equal(await page.locator("input[type=search]").inputValue(), "error");
  assert.equal(await shown(page), having((span) => typeof span[STATUS] !== "number"));
  assert.equal(await page.getByRole("button", { name: "Duration" }).getAttribute("data-order"), "▲");
});

test("a dot of the scatter opens its trace", async (t) => {
  const page = await open(t, "shop.html");
  const point = await page.evaluate(() => {
    const slowest = shown.scatter.points.reduce((a, b) => (b.trace.duration > a.trace.duration ? b : a));
    return { x: slowest.x, y: slowest.y, id: slowest.trace.id };
  });
  await page.locator(".scatter canvas").hover({ position: point });
  assert.match(await page.locator("#tip").textContent(), /reports\.daily/);
  await page.locator(".scatter canvas").click({ position: point });
  await page.waitForURL(new RegExp(`#trace/${point.id}`));
  assert.equal(await page.locator("h1").textContent(), "reports.daily");
});

test("keys alone search, move, open, come back and compare", async (t) => {
  const page = await open(t, "shop.html");
  await page.keyboard.press("/");
  await page.keyboard.type("service:orders");
  await page.waitForFunction(() => document.querySelector(".found").textContent === "90 of 240 traces");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  const third = await cursor(page);
  assert.equal(third, (await spokenRows(page))[2]);
  await page.keyboard.press("Enter");
  await page.waitForSelector(".waterfall");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await page.waitForSelector(".list");
  assert.equal(await cursor(page), third);
  await page.keyboard.press("x");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press(" ");
  await page.keyboard.press("c");
  await page.waitForSelector(".compare");
  assert.match(page.url(), /#compare\/[0-9a-f]{32}\/[0-9a-f]{32}$/);
});

test("chips say what they mean in the search", async (t) => {
  const page = await open(t, "shop.html", { size: NARROW });
  await page.getByRole("button", { name: "✗ errors" }).click();
  await page.getByRole("button", { name: "payments" }).click();
  assert.equal(await page.locator("input[type=search]").inputValue(), "error service:payments");
  await page.waitForFunction(() => document.querySelector(".found").textContent.startsWith("20 of"));
  await page.getByRole("button", { name: "catalog" }).click();
  assert.equal(await page.locator("input[type=search]").inputValue(), "error service:catalog");
});

test("an empty page says so, and a full one how much was left out", async (t) => {
  const empty = await open(t, "empty.html");
  assert.equal(await empty.locator(".space").getAttribute("data-empty"), "no traces yet");
  const full = await open(t, "full.html");
  const { leftOut, traces: kept } = dataOf("full.html");
  assert.equal(leftOut.traces + kept.length, 300);
  assert.match(await full.locator("#notice").textContent(), new RegExp(`^${leftOut.traces} older traces with [\\d,]+ spans left out`));
});

test("a trace that is not there is said to be so", async (t) => {
  const page = await open(t, "shop.html", { view: "#trace/nothing" });
  assert.match(await page.locator(".nothing").textContent(), /Trace nothing is not on this page/);
});
