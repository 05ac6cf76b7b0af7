// Each view in light and dark, wide and narrow: nothing runs over, a checker of accessibility finds nothing, and there is
// a picture to look at.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { dataOf, NARROW, open, traceId, WIDE } from "./browser.mjs";

const pictures = process.env.PICTURES;
if (pictures) mkdirSync(pictures, { recursive: true });
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const { traces } = dataOf("shop.html");
const declined = traces.find(({ spans }) => spans.length === 13 && spans.some((span) => typeof span[8] !== "number"));
const fine = traces.find(({ spans }) => spans.length === 13 && spans.every((span) => typeof span[8] === "number"));
const failed = declined.spans.find((span) => Array.isArray(span[8]))[3];
const press = (key) => (page) => page.keyboard.press(key);

const VIEWS = {
  list: { view: "" },
  found: { view: "#traces?q=error&sort=duration" },
  trace: { view: `#trace/${fine.id}` },
  error: { view: `#trace/${declined.id}?span=${failed}` },
  links: { view: `#trace/${traceId(7)}` },
  flame: { view: `#trace/${declined.id}?tab=flame` },
  table: { view: `#trace/${declined.id}?tab=table` },
  time: { view: "#time" },
  compare: { view: `#compare/${fine.id}/${declined.id}` },
  help: { view: "", act: press("?") },
  full: { file: "full.html", view: "" },
  values: { file: "odd.html", view: `#trace/${traceId(2)}` },
};

for (const [name, { file = "shop.html", view, act }] of Object.entries(VIEWS)) {
  for (const scheme of ["light", "dark"]) {
    for (const [width, size] of Object.entries({ wide: WIDE, narrow: NARROW })) {
      test(`${name} ${scheme} ${width}`, async (t) => {
        const page = await open(t, file, { view, size, scheme });
        if (act) await act(page);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        assert.ok(over <= 0, `runs over by ${over} pixels`);
        if (pictures) await page.screenshot({ path: join(pictures, `${name}-${scheme}-${width}.png`) });
        await page.evaluate(axe);
        const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
        const found = violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html, failureSummary }) => `${html} ${failureSummary}`).join(" | ")}`);
        assert.deepEqual(found, []);
      });
    }
  }
}

test("the theme can be chosen, and stays", async (t) => {
  const page = await open(t, "shop.html");
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await paper();
  await page.getByRole("button", { name: "Theme: auto" }).click();
  await page.getByRole("button", { name: "Theme: light" }).click();
  const dark = await paper();
  assert.notEqual(dark, light);
  await page.reload();
  assert.equal(await paper(), dark);
  await page.keyboard.press("t");
  assert.equal(await paper(), light);
});
