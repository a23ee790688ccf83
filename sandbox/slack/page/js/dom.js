// Small tools to build and update the page. Text always becomes a text node, so nothing that people or the app wrote
// can become markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(node, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.setAttribute("class", value);
    else if (name === "value" || name === "checked" || name === "indeterminate") node[name] = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  append(node, children);
  return node;
}

function append(node, children) {
  for (const child of children) {
    if (child === undefined || child === null || child === false || child === "") continue;
    if (Array.isArray(child)) append(node, child);
    else node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/** An HTML element: `h("p", {class: "x", onclick: f}, "text", node, [more])`. */
export function h(tag, props, ...children) {
  return fill(document.createElement(tag), props, children);
}

/** The same for SVG. */
export function svg(tag, props, ...children) {
  return fill(document.createElementNS(SVG, tag), props, children);
}

const ICONS = {
  hash: "M9 4 7 20M17 4l-2 16M4 9h17M3 15h17",
  home: "m4 11 8-7 8 7v9h-5v-6H9v6H4z",
  chat: "M4 5h16v11H10l-5 4v-4H4z",
  close: "m6 6 12 12M18 6 6 18",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  reply: "M4 5h16v11H10l-5 4v-4H4z",
  plus: "M12 5v14M5 12h14",
  clip: "m20 11-8.5 8.5a5 5 0 0 1-7-7L13 4a3.4 3.4 0 0 1 5 5l-8.6 8.5a1.7 1.7 0 0 1-2.5-2.5l8-8",
  send: "m4 12 16-8-5 16-3-7z",
  eye: "M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12zm10-3a3 3 0 1 0 0 6 3 3 0 0 0 0-6z",
  out: "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6",
  down: "m6 9 6 6 6-6",
  right: "m9 6 6 6-6 6",
  check: "m5 12.5 4.5 4.5L19 7.5",
  warn: "M12 4 2.5 20h19zM12 10v5M12 17.5v.5",
  wire: "M4 8h13l-3-3M20 16H7l3 3",
  menu: "M4 6h16M4 12h16M4 18h16",
  search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zm5 12 5 5",
  bolt: "M13 3 5 14h6l-1 7 8-11h-6z",
  file: "M6 3h8l5 5v13H6zM14 3v5h5",
  calendar: "M4 6h16v15H4zM4 10h16M8 3v5M16 3v5",
  half: "M12 3a9 9 0 1 0 0 18zm0 0a9 9 0 0 1 0 18",
  map: "m9 4 6 3 6-3v13l-6 3-6-3-6 3V7zM9 4v13M15 7v13",
  up: "m6 15 6-6 6 6",
};

/** A line icon; it says nothing by itself, its button has the name. */
export function icon(name, size = 18) {
  return svg(
    "svg",
    { class: `icon icon-${name}`, viewBox: "0 0 24 24", width: size, height: size, "aria-hidden": "true" },
    svg("path", { d: ICONS[name] ?? "" }),
  );
}

/** A button that is only an icon, with its name. */
export function iconButton(name, label, onclick, extra = {}) {
  return h(
    "button",
    { type: "button", class: "icon-button", title: label, "aria-label": label, onclick, ...extra },
    icon(name),
  );
}

/** Square with initials; the colour belongs to the person. */
export function avatar(person, size = "") {
  if (person?.is_app) return h("span", { class: `avatar app ${size}`, "aria-hidden": "true" }, "H");
  const node = h("span", { class: `avatar ${size}`, "aria-hidden": "true" }, person?.initials ?? "?");
  const color = /^#?([0-9a-f]{6})$/i.exec(person?.color ?? "");
  if (color) node.style.background = `#${color[1]}`;
  return node;
}

/** What can be focused inside a node, in order. */
export function focusables(root) {
  const all = root.querySelectorAll("a[href],button,input,select,textarea,[tabindex]:not([tabindex='-1'])");
  return [...all].filter((node) => !node.disabled && node.tabIndex >= 0 && node.getClientRects().length > 0);
}

function focusMark(root) {
  const node = document.activeElement;
  if (!node || node === document.body || !root.contains(node)) return null;
  const fid = node.getAttribute("data-fid");
  if (!fid) return { node };
  const mark = { node, fid };
  try {
    mark.range = [node.selectionStart, node.selectionEnd];
  } catch {
    mark.range = null;
  }
  return mark;
}

function focusAgain(root, mark) {
  if (!mark || document.activeElement === mark.node) return;
  const node = mark.node.isConnected
    ? mark.node
    : mark.fid && root.querySelector(`[data-fid="${CSS.escape(mark.fid)}"]`);
  if (!node) return;
  node.focus({ preventScroll: true });
  if (mark.range?.[0] !== null && mark.range?.[0] !== undefined && node.setSelectionRange) {
    try {
      node.setSelectionRange(...mark.range);
    } catch {
      /* inputs of type email and number have no selection */
    }
  }
}

/**
 * Make the children of `root` those of `items` ({key, sig, build}), keeping each node whose key and signature stayed.
 * The focus and the caret survive a rebuilt node through `data-fid`. Returns the keys of rebuilt and of new nodes.
 */
export function reconcile(root, items) {
  const mark = focusMark(root);
  const old = new Map();
  for (const node of root.children) old.set(node.__key, node);
  const changed = [];
  const added = [];
  let cursor = root.firstChild;
  for (const item of items) {
    let node = old.get(item.key);
    old.delete(item.key);
    if (!node || node.__sig !== item.sig) {
      const fresh = item.build(node);
      fresh.__key = item.key;
      fresh.__sig = item.sig;
      (node ? changed : added).push(item.key);
      if (node === cursor) cursor = cursor?.nextSibling ?? null;
      if (node) node.remove();
      node = fresh;
    }
    if (node === cursor) cursor = cursor.nextSibling;
    else root.insertBefore(node, cursor);
  }
  for (const node of old.values()) node.remove();
  focusAgain(root, mark);
  return { changed, added };
}

/** Replace all children by one set, keeping focus by `data-fid`. */
export function refill(root, ...children) {
  const mark = focusMark(root);
  root.replaceChildren();
  append(root, children);
  focusAgain(root, mark);
}

/** The same, but only when `sig` is new: what is pressed at this moment must not be replaced under the finger. */
export function refillFor(root, sig, ...children) {
  if (root.__sig === sig) return;
  root.__sig = sig;
  refill(root, ...children);
}

/** Run `work` once, `wait_ms` after the last call. */
export function debounce(work, wait_ms) {
  let timer = 0;
  const later = (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...args), wait_ms);
  };
  later.cancel = () => clearTimeout(timer);
  return later;
}

/** Say something to a screen reader, politely. */
export function announce(text) {
  const live = document.getElementById("live");
  if (live && text) live.append(h("p", {}, text));
  while (live && live.children.length > 6) live.firstChild.remove();
}
