// Small things around elements. Texts become text nodes, never markup.

// An element with properties, attributes (`aria-…`, `role`, `data-…`) and children.
function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else if (name === "text") element.textContent = value;
    else if (name.startsWith("--")) element.style.setProperty(name, value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...those(children));
  return element;
}

// Those that are there: what stands behind an `&&` may be none.
function those(children) {
  return children.filter((child) => child !== null && child !== undefined && child !== false && child !== "");
}

// Puts others in the place of an element's children.
function fillWith(element, ...children) {
  element.replaceChildren(...those(children));
}

function button(text, onclick, properties = {}) {
  return el("button", { type: "button", text, onclick, ...properties });
}

// A service's colour.
function dot(service) {
  return el("span", { class: "dot", "--c": colorOf(service), "aria-hidden": "true" });
}

// A service with its colour.
function serviceMark(service) {
  return el("span", { class: "service" }, dot(service), clean(service) || "(no service)");
}

// Says something to everybody, also to those who listen.
let silence = 0;
function say(text) {
  const said = document.getElementById("said");
  said.textContent = text;
  clearTimeout(silence);
  silence = setTimeout(() => (said.textContent = ""), 3000);
}

async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = el("textarea", { class: "aside" });
    area.value = text;
    document.body.append(area);
    area.select();
    const isCopied = document.execCommand("copy");
    area.remove();
    if (!isCopied) return say(`this browser does not let the page copy ${what}`);
  }
  say(`${what} copied`);
}

// A canvas as sharp as the screen; gives what draws on it, in CSS pixels.
function sharpen(canvas) {
  const { clientWidth: width, clientHeight: height } = canvas;
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.max(1, Math.round(width * ratio));
  canvas.height = Math.max(1, Math.round(height * ratio));
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return { context, width, height };
}

// The colours that CSS gives in this theme, for canvases.
const painted = new Map();
function cssColor(name) {
  if (!painted.has(name)) {
    const probe = el("span", { class: "aside" });
    probe.style.color = name;
    document.body.append(probe);
    painted.set(name, getComputedStyle(probe).color);
    probe.remove();
  }
  return painted.get(name);
}

// What the pointer is on.
function showTip(lines, x, y) {
  const tip = document.getElementById("tip");
  tip.hidden = !lines;
  if (!lines) return;
  tip.replaceChildren(...lines.map((line) => el("div", { text: line })));
  const { offsetWidth: width, offsetHeight: height } = tip;
  tip.style.left = `${Math.max(4, Math.min(x + 12, window.innerWidth - width - 8))}px`;
  tip.style.top = `${y + 16 + height > window.innerHeight ? Math.max(4, y - height - 8) : y + 16}px`;
}

// Calls back when an element has another size, and once at the beginning.
function onResize(element, callback) {
  const observer = new ResizeObserver(() => callback());
  observer.observe(element);
  return observer;
}

const isNarrow = () => window.matchMedia("(max-width: 700px)").matches;
