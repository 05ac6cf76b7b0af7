// Nothing that was recorded runs, loads or steers anything.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { dataOf, folder, open } from "./browser.mjs";

const NASTY = dataOf("hostile.html").traces.find(({ spans }) => spans.length === 3).id;
const at = `#trace/${encodeURIComponent(NASTY)}`;
const OTHER = dataOf("hostile.html").traces.find(({ spans }) => spans.length === 1).id;

test("the fixture has markup in every text", () => {
  const { traces, strings } = dataOf("hostile.html");
  assert.ok(NASTY.includes("<img") && strings.filter((text) => typeof text === "string" && text.includes("<script>")).length >= 2);
  const [span] = traces.find(({ id }) => id === NASTY).spans;
  assert.ok(strings[span[0]].includes("<svg") && strings[span[1]].includes("<img") && JSON.stringify(span).includes("<img"));
  const text = readFileSync(join(folder, "hostile.html"), "utf8");
  assert.ok(!text.includes("<img") && !text.includes("window.hacked=1<"), "no markup of theirs is markup of the page");
});

for (const view of ["", "#time", at, `${at}?tab=flame`, `${at}?tab=table`, `#compare/${encodeURIComponent(NASTY)}/${OTHER}`]) {
  test(`no markup comes alive: ${view.slice(0, 8)} ${view.slice(-10)}`, async (t) => {
    const page = await open(t, "hostile.html", { view });
    for (const summary of await page.locator("summary:visible").all()) await summary.click();
    await page.keyboard.press("?");
    const found = await page.evaluate(() => ({
      hacked: window.hacked,
      elements: document.querySelectorAll("img, svg, iframe, object, body script:not([nonce]):not(#data)").length,
      scripts: document.scripts.length,
      links: [...document.links].map((link) => link.getAttribute("href")).filter((href) => !href.startsWith("#")),
      handlers: document.querySelectorAll("[onerror], [onload], [onclick]").length,
    }));
    assert.deepEqual(found, { hacked: undefined, elements: 0, scripts: 2, links: [], handlers: 0 });
  });
}

test("the text is there to be read, harmless", async (t) => {
  const page = await open(t, "hostile.html", { view: at });
  const text = await page.locator(".details").textContent();
  assert.ok(text.includes("<script>window.hacked=1</script>") && text.includes("\\u{202e}\\u{1b}[31m"));
  assert.ok(!/[\u202e\u001b]/.test(await page.locator("body").evaluate((body) => body.innerText)));
  await page.getByRole("button", { name: "Copy as OTLP" }).click();
  const { resourceSpans } = JSON.parse(await page.evaluate(() => window.copied));
  assert.equal(resourceSpans[0].scopeSpans[0].spans.length, 3);
});

test("the browser itself would not run it either", async (t) => {
  const page = await open(t, "shop.html", { expected: /TrustedHTML/ });
  const outcome = await page.evaluate(() => {
    const blocked = new Promise((done) => document.addEventListener("securitypolicyviolation", (event) => done(event.effectiveDirective)));
    let thrown = "";
    try {
      document.getElementById("view").innerHTML = "<b>text</b>";
    } catch (error) {
      thrown = error.name;
    }
    return blocked.then((directive) => ({ directive, thrown }));
  });
  assert.deepEqual(outcome, { directive: "require-trusted-types-for", thrown: "TypeError" });
  const policy = await page.locator("meta[http-equiv]").getAttribute("content");
  assert.match(policy, /^default-src 'none'; script-src 'nonce-[0-9a-f]{32}'; style-src 'nonce-[0-9a-f]{32}'; base-uri 'none'/);
});
