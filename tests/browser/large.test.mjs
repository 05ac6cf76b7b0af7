// A page of 100,000 spans: only what is on the screen exists; how long it takes is printed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cursor, open, search, traceId } from "./browser.mjs";

// Until the first rows are painted.
const opened = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now())))));

// The times between frames while it scrolls.
const scroll = (page) =>
  page.evaluate(
    () =>
      new Promise((done) => {
        const rows = document.querySelector(".rows");
        const times = [];
        let last = performance.now();
        const step = (now) => {
          times.push(now - last);
          last = now;
          rows.scrollTop += 700;
          if (times.length < 120) return requestAnimationFrame(step);
          times.sort((a, b) => a - b);
          done({ median: times[60], slowest: times[119] });
        };
        requestAnimationFrame(step);
      })
  );

async function measure(t, page, what) {
  const time = await opened(page);
  const { median, slowest } = await scroll(page);
  t.diagnostic(`${what}: open after ${Math.round(time)} ms; frames of ${median.toFixed(1)} ms, the slowest ${slowest.toFixed(1)} ms`);
}

test("the list", async (t) => {
  const page = await open(t, "large.html");
  await measure(t, page, "list of 2,501 traces, 100,000 spans");
  assert.ok((await page.locator(".row").count()) < 60);
  await search(page, "step.17");
  assert.match(await page.locator(".tools .found").textContent(), / of 2,501 traces/);
});

test("the waterfall", async (t) => {
  const page = await open(t, "large.html", { view: `#trace/${traceId(0)}` });
  await measure(t, page, "waterfall of 50,000 spans");
  assert.ok((await page.locator(".row").count()) < 60);
  await page.locator(".rows").press("End");
  const rows = Number(await page.locator(".rows").getAttribute("aria-rowcount"));
  assert.equal(rows, 50_000);
  assert.equal(await page.locator(".row.cursor").getAttribute("aria-rowindex"), "50000");
  assert.match(await cursor(page), /^step\./);
  await page.keyboard.press("E");
  assert.match(await cursor(page), /error connection reset by peer$/);
});

test("where the time went", async (t) => {
  const page = await open(t, "large.html", { view: "#time" });
  await measure(t, page, "flame graph and table of 100,000 spans");
  assert.ok((await page.locator(".frame").count()) <= 4_000);
});
