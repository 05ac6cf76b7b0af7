// What all tests need: a browser, and pages in it.
//
// `PAGES` is the folder of the pages, `PICTURES` where pictures go, `CHROMIUM` the browser's program.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { chromium } from "playwright-core";

const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const WIDE = { width: 1280, height: 800 };
export const NARROW = { width: 390, height: 800 };
export const folder = process.env.PAGES;
assert.ok(folder, "PAGES names no folder; run ci/browser.sh");

const profile = mkdtempSync(join(tmpdir(), "traced-browser-"));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  headless: true,
  args: ARGUMENTS,
  viewport: WIDE,
  timezoneId: "UTC",
});
after(async () => {
  await context.close();
  rmSync(profile, { recursive: true, force: true });
});

// Opens a page of the fixtures. What it copies is in `window.copied`; whatever goes wrong in it, and is not
// `expected`, fails the test.
export async function open(t, file, { view = "", size = WIDE, scheme = "light", expected } = {}) {
  const page = await context.newPage();
  const troubles = [];
  page.on("pageerror", (error) => troubles.push(error.stack));
  page.on("console", (message) => message.type() === "error" && !expected?.test(message.text()) && troubles.push(message.text()));
  page.on("dialog", (dialog) => troubles.push(`dialog: ${dialog.message()}`));
  page.on("request", (request) => request.url().startsWith("file://") || troubles.push(`loads ${request.url()}`));
  await page.addInitScript(() => {
    Object.defineProperty(navigator, "clipboard", { value: { writeText: async (text) => void (window.copied = text) } });
  });
  await page.setViewportSize(size);
  await page.emulateMedia({ colorScheme: scheme });
  await page.goto(addressOf(file, view));
  await settled(page);
  t.after(async () => {
    await page.close();
    assert.deepEqual(troubles, []);
  });
  return page;
}

// Until what has changed is on the screen.
export const settled = (page) =>
  page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done)))));

export const addressOf = (file, view = "") => `file://${join(folder, file)}${view}`;

// The data of a page, read without its scripts.
export function dataOf(file) {
  const text = readFileSync(join(folder, file), "utf8");
  return JSON.parse(text.split('id="data">')[1].split("</script>")[0]);
}

// What rows say to a screen reader, from top to bottom.
export function spokenRows(page) {
  return page.locator(".row").evaluateAll((rows) => {
    const place = (row) => Number(row.getAttribute("aria-rowindex"));
    return rows.sort((a, b) => place(a) - place(b)).map((row) => row.getAttribute("aria-label"));
  });
}

// The row under the cursor, as a screen reader says it.
export async function cursor(page) {
  const id = await page.locator(".rows").getAttribute("aria-activedescendant");
  return page.locator(`#${id}`).getAttribute("aria-label");
}

// The id of a trace in the fixtures.
export const traceId = (number) => (number + 1).toString(16).padStart(8, "0").repeat(4);
export const spanId = (number, index) => (number + 1).toString(16).padStart(8, "0") + (index + 1).toString(16).padStart(8, "0");

export async function search(page, text) {
  await page.locator("input[type=search]").fill(text);
  await page.locator("input[type=search]").press("Enter");
  await settled(page);
}
