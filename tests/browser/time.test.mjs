// Where the time went: flame graph, table, and two traces.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cursor, dataOf, open, search, settled, spokenRows, traceId } from "./browser.mjs";

const { strings, traces } = dataOf("shop.html");
const durations = (name) =>
  traces.flatMap(({ spans }) => spans.filter((span) => strings[span[0]] === name).map((span) => span[6])).sort((a, b) => a - b);

test("the table counts, adds up and ranks", async (t) => {
  const page = await open(t, "shop.html", { view: "#time" });
  const times = durations("bank.authorize");
  const row = page.locator(".times .row", { hasText: "bank.authorize" });
  const cells = await row.evaluate((element) => [...element.children].map((cell) => cell.lastElementChild.textContent));
  const total = times.reduce((sum, time) => sum + time, 0);
  const [, count, errors, ...rest] = cells;
  assert.deepEqual([Number(count), errors], [times.length, "✗ 20"]);
  const expected = await page.evaluate((all) => all.map(duration), [total, total, times[Math.ceil(times.length * 0.5) - 1], times[Math.ceil(times.length * 0.99) - 1]]);
  assert.deepEqual(rest, expected);
  await page.getByRole("button", { name: "Count" }).click();
  assert.match((await spokenRows(page))[0], /^(SELECT sales|reports\.page), .*Count 360/);
});

test("a line of the table leads to its spans", async (t) => {
  const page = await open(t, "shop.html", { view: "#time" });
  await page.locator(".times .row", { hasText: "mail.send" }).click();
  await page.waitForURL(/#traces\?q=/);
  assert.equal(await page.locator("input[type=search]").inputValue(), "service:notifications name:mail.send");
  assert.equal(await page.locator(".rows").getAttribute("aria-rowcount"), "90");
});

test("the flame graph is as wide as the time", async (t) => {
  const page = await open(t, "shop.html", { view: "#time" });
  const share = (name) => page.locator(".frame", { hasText: name }).first().evaluate((frame) => parseFloat(frame.style.width) / 100);
  const all = await page.evaluate(() => shown.flame.all.value);
  // Each report is one tree without overlap: its time is the root's.
  const reports = durations("reports.daily").reduce((sum, time) => sum + time, 0);
  assert.ok(Math.abs((await share("reports.daily")) - reports / all) < 1e-6);
  await page.locator(".frame", { hasText: "POST /checkout" }).first().click();
  assert.equal(await share("POST /checkout"), 1);
  assert.match(await page.locator(".says").textContent(), /^gateway {2}POST \/checkout · .* % of all · self .*90 spans, together/);
  await page.keyboard.press("ArrowDown");
  assert.match(await page.locator(".says").textContent(), /place_order/);
  await page.getByRole("button", { name: "Show all" }).click();
  await page.locator(".stage").focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowRight");
  assert.match(await page.locator(".frame.cursor").textContent(), /^POST \/checkout/);
  await page.getByRole("button", { name: "Find the spans" }).click();
  await page.waitForURL(/#traces\?q=/);
});

test("a search narrows what is counted", async (t) => {
  const page = await open(t, "shop.html", { view: "#time" });
  await search(page, "service:reports");
  assert.equal(await page.locator(".tools .found").textContent(), "30 traces, 750 spans");
  assert.deepEqual((await spokenRows(page)).length, 3);
});

test("flame graph and table of one trace", async (t) => {
  const page = await open(t, "shop.html", { view: `#trace/${traceId(7)}` });
  await page.keyboard.press("2");
  assert.match(page.url(), /tab=flame/);
  assert.equal(await page.locator(".frame").count(), 4);
  assert.equal(await page.locator(".details").isVisible(), false);
  await page.keyboard.press("3");
  assert.deepEqual((await spokenRows(page)).map((row) => row.split(",")[0]).sort(), ["SELECT sales", "reports.daily", "reports.page"]);
  await page.locator(".times .row", { hasText: "SELECT sales" }).click();
  assert.match(await cursor(page), /^SELECT sales/);
  assert.equal(await page.locator(".tools .found").textContent(), "12 spans");
});

test("two traces are paired span by span", async (t) => {
  // A product from the cache and one that was not there.
  const sizes = [3, 4, 5, 6, 11, 12, 13, 14].map((number) => [number, traces.find(({ id }) => id === traceId(number)).spans.length]);
  const [hit] = sizes.find(([, size]) => size === 2);
  const [miss] = sizes.find(([, size]) => size > 2);
  const page = await open(t, "shop.html", { view: `#compare/${traceId(hit)}/${traceId(miss)}` });
  const rows = await spokenRows(page);
  assert.match(rows[0], /^GET \/products\/\{id\}, gateway, A .*, B .*, \+/);
  assert.match(rows[1], /^GET, gateway, A 320 µs, B 320 µs$/);
  assert.match(rows[2], /^catalog\.product, catalog, A not there, B .*, only B$/);
  await page.keyboard.press("n");
  assert.match(await cursor(page), /^catalog\.product/);
  await page.keyboard.press("Enter");
  assert.match(await page.locator(".details").textContent(), /not in this trace.*catalog\.product/);
  await page.getByRole("button", { name: "Swap" }).click();
  await page.waitForURL(new RegExp(`#compare/${traceId(miss)}/${traceId(hit)}`));
  await settled(page);
  assert.match((await spokenRows(page))[2], /only A$/);
});

test("from a trace to its comparison", async (t) => {
  const page = await open(t, "shop.html", { view: `#trace/${traceId(0)}` });
  await page.getByRole("button", { name: "Compare…" }).click();
  await page.waitForSelector(".bottom");
  assert.match(await page.locator(".bottom").textContent(), /choose another trace/);
  await page.locator(".row", { hasText: "POST /checkout" }).first().getByRole("checkbox").click();
  await page.locator(".bottom").getByRole("button", { name: "Compare" }).click();
  await page.waitForSelector(".compare");
});
