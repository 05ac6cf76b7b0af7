// What is shown, as the fragment of the address says it: `#trace/<id>?tab=flame&span=<id>`. Any view can be linked to.

const views = {};
// A view without keys of its own, which leaves nothing behind.
const QUIET = { leave() {}, key: () => false };
let shown = QUIET;

function readAddress() {
  const [path, query] = location.hash.slice(1).split("?");
  const [name, ...parts] = path.split("/").map(decodeSafely);
  return { name, parts, params: new URLSearchParams(query || "") };
}

function decodeSafely(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function address(name, parts, params = {}) {
  const kept = Object.entries(params).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  const query = new URLSearchParams(kept).toString();
  return `#${[name, ...parts.map(encodeURIComponent)].join("/")}${query ? "?" + query : ""}`;
}

// Changes what the address says of the view that is shown.
function keep(params) {
  clearTimeout(soon.timer);
  const { name, parts, params: old } = readAddress();
  const all = { ...Object.fromEntries(old), ...soon.params, ...params };
  soon = { params: {}, timer: 0 };
  history.replaceState(null, "", address(name || "traces", parts, all));
}

// The same for what changes with each key or movement: browsers allow only so many changes of the address a second.
let soon = { params: {}, timer: 0 };
function keepSoon(params) {
  clearTimeout(soon.timer);
  soon = { params: { ...soon.params, ...params }, timer: setTimeout(() => keep({}), 200) };
}

function linkToView() {
  keep({});
  return location.href;
}

function goTo(...where) {
  keep({});
  location.hash = address(...where);
}

function show() {
  clearTimeout(soon.timer);
  soon = { params: {}, timer: 0 };
  const { name, parts, params } = readAddress();
  shown.leave();
  showTip(null);
  const main = document.getElementById("view");
  const known = name in views ? name : "traces";
  document.body.dataset.view = known;
  for (const link of document.querySelectorAll("nav a")) {
    const isHere = link.dataset.view === known;
    if (isHere) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  shown = QUIET;
  shown = views[known](main, parts, params);
}

// The field for a search, which calls back a moment after the last key.
function searchField(label, text, onSearch) {
  const field = el("input", {
    type: "search",
    class: "search",
    "aria-label": label,
    placeholder: label,
    autocomplete: "off",
    spellcheck: "false",
    "aria-keyshortcuts": "/",
  });
  field.value = text;
  let timer = 0;
  const search = () => {
    clearTimeout(timer);
    onSearch(new Search(field.value));
  };
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, 120);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") search();
    if (event.key !== "Escape") return;
    event.stopPropagation();
    if (field.value === "") field.blur();
    field.value = "";
    search();
  });
  return field;
}

// What a search can say, as buttons that say it.
function searchHints(field) {
  const isOn = (word) => wordsOf(field.value).includes(word);
  const toggle = (word) => {
    const words = wordsOf(field.value);
    const others = words.filter((each) => each !== word && !(word.startsWith("service:") && each.startsWith("service:")));
    field.value = [...others, ...(isOn(word) ? [] : [word])].map(quoted).join(" ");
    field.dispatchEvent(new Event("input"));
    update();
  };
  const hint = (word, ...content) => {
    const chip = el("button", { type: "button", class: "chip", onclick: () => toggle(word) }, ...content);
    chip.dataset.word = word;
    return chip;
  };
  const chips = services.slice(0, 12).map((service) => hint(`service:${service.toLowerCase()}`, serviceMark(service)));
  if (errorCount > 0) chips.unshift(hint("error", "✗ errors"));
  const update = () => chips.forEach((chip) => chip.setAttribute("aria-pressed", isOn(chip.dataset.word)));
  field.addEventListener("input", update);
  update();
  return el("div", { class: "chips", role: "group", "aria-label": "Only traces with" }, ...chips);
}
