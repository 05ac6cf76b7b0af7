// What is on every view: the first line, the theme, the keys.

const THEMES = { "": "auto", light: "light", dark: "dark" };

const HELP = [
  ["All views", [["/", "search"], ["?", "these keys"], ["Esc", "close, then back to the list"], ["t", "light or dark"]]],
  ["Lists", [["↑ ↓ PgUp PgDn Home End", "move"], ["Enter", "open"], ["Space or x", "choose a trace to compare"], ["c", "compare the two that are chosen"]]],
  [
    "Waterfall",
    [
      ["← →", "fold, unfold, go up or down"],
      ["*", "fold or unfold what is below"],
      ["f", "fold or unfold all"],
      ["+ − 0", "zoom in, out, all; also Ctrl and wheel, or drag over the overview"],
      ["z", "zoom to the span"],
      ["Shift ← →", "move the window; also Shift and wheel"],
      ["e E", "next or last error"],
      ["n N", "next or last span that was found; in two traces, that differs"],
      ["1 2 3", "waterfall, flame graph, table"],
      ["[ ]", "trace before, trace after"],
    ],
  ],
  [
    "Search",
    [
      ["words", "any text of a span; in quotation marks, one with blanks"],
      ["service:orders", "the service; also kind:server, name:…, event:…, error:…, trace:…, span:…"],
      ["error", "spans that failed"],
      ["key=value", "an attribute; key= for any value"],
      ["duration>100ms", "also <, >=, <=, self>…; units ns, us, ms, s, min"],
      ["-word", "no span of the trace fits it"],
    ],
  ],
];

function showHelp() {
  const dialog = document.getElementById("help");
  const sections = HELP.map(([title, keys]) =>
    el("section", {}, el("h3", { text: title }), el("dl", {}, ...keys.flatMap(([key, means]) => [el("dt", { text: key }), el("dd", { text: means })])))
  );
  const close = button("Close", () => dialog.close(), { class: "main" });
  fillWith(dialog, el("h2", { id: "help-title", tabindex: "-1", autofocus: true, text: "Keys and search" }), el("div", { class: "columns" }, ...sections), close);
  dialog.showModal();
}

function savedTheme() {
  try {
    return localStorage.getItem("traces-theme") || "";
  } catch {
    return "";
  }
}

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  const name = THEMES[theme] || THEMES[""];
  const choice = document.getElementById("theme");
  fillWith(choice, "◐", el("span", { class: "word", text: ` ${name}` }));
  choice.setAttribute("aria-label", `Theme: ${name}`);
  try {
    localStorage.setItem("traces-theme", theme);
  } catch {
    // Some browsers keep nothing for files: the theme then lasts as long as the page.
  }
  painted.clear();
}

function nextTheme() {
  const themes = Object.keys(THEMES);
  setTheme(themes[(themes.indexOf(document.documentElement.dataset.theme || "") + 1) % themes.length]);
  show();
}

function showFacts() {
  const errors = errorCount > 0 ? `, ${plural(errorCount, "error")}` : "";
  const facts = `${plural(traces.length, "trace")}, ${plural(spanCount, "span")}, ${plural(services.length, "service")}${errors}`;
  document.getElementById("facts").textContent = `${facts} · written ${clock(data.written, true).slice(0, -4)}`;
  const { traces: leftOut, spans } = data.leftOut;
  const ofTraces = traces.reduce((sum, trace) => sum + trace.leftOutSpans, 0);
  const notice = document.getElementById("notice");
  const texts = [];
  if (leftOut > 0) texts.push(`${plural(leftOut, "older trace")} with ${plural(spans, "span")} left out: the page was full.`);
  if (ofTraces > 0) texts.push(`${plural(ofTraces, "span")} of long traces left out.`);
  notice.hidden = texts.length === 0;
  notice.textContent = texts.join(" ");
}

function onKey(event) {
  const isTyping = event.target.closest("input[type=search], textarea");
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (isTyping && !["Escape", "ArrowDown"].includes(event.key)) return;
  const everywhere = { "?": showHelp, t: nextTheme, "/": () => focusSearch() };
  const isDone = movesList(event) || shown.key(event) || (everywhere[event.key] && (everywhere[event.key](), true));
  if (isDone) event.preventDefault();
}

const MOVES = ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "PageUp", "PageDown", "Home", "End"];

// After a click on a button or beside everything, keys still move in the list.
function movesList(event) {
  const { activeElement: active } = document;
  const isFree = active === document.body || active.id === "view" || (active.tagName === "BUTTON" && !active.closest(".details, [role=tablist]"));
  if (!shown.rows || !isFree || !MOVES.includes(event.key)) return false;
  shown.rows.element.focus({ preventScroll: true });
  shown.rows.onKey(event);
  return true;
}

function focusSearch() {
  const field = document.querySelector("input[type=search]");
  if (field) field.select();
}

setTheme(savedTheme());
showFacts();
document.getElementById("theme").addEventListener("click", nextTheme);
document.getElementById("keys").addEventListener("click", showHelp);
document.addEventListener("keydown", onKey);
window.addEventListener("hashchange", show);
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  painted.clear();
  show();
});
show();
