// What floats above the page: menus, lists to choose from, and questions. One floating thing at a time; Esc closes it
// and the focus returns to its opener.

import { focusables, h } from "./dom.js";
import { plain, textNodes } from "./mrkdwn.js";

let open = null;

function place(node, anchor) {
  const box = anchor.getBoundingClientRect();
  node.style.minWidth = `${Math.min(box.width, innerWidth - 16)}px`;
  const size = node.getBoundingClientRect();
  const below = innerHeight - box.bottom - 12;
  const above = box.top - 12;
  const up = size.height > below && above > below;
  node.style.maxHeight = `${Math.max(120, Math.min(380, up ? above : below))}px`;
  const height = Math.min(size.height, Number.parseFloat(node.style.maxHeight));
  node.style.top = `${up ? box.top - height - 4 : box.bottom + 4}px`;
  node.style.left = `${Math.max(8, Math.min(box.left, innerWidth - size.width - 8))}px`;
}

/** Close what floats; `back` returns the focus to the opener. */
export function closePopup(back = true) {
  if (!open) return;
  const { node, anchor, onclose } = open;
  open = null;
  document.removeEventListener("pointerdown", outside, true);
  node.remove();
  anchor.setAttribute("aria-expanded", "false");
  if (back) {
    const fid = anchor.getAttribute("data-fid");
    const target = anchor.isConnected ? anchor : fid && document.querySelector(`[data-fid="${CSS.escape(fid)}"]`);
    target?.focus({ preventScroll: true });
  }
  onclose?.();
}

function outside(event) {
  if (open && !open.node.contains(event.target) && !open.anchor.contains(event.target)) closePopup(false);
}

/** Float `node` at `anchor`. A second call for the same anchor only closes. */
export function openPopup(anchor, node, onclose) {
  const again = open?.anchor === anchor;
  closePopup(false);
  if (again) return false;
  open = { node, anchor, onclose };
  anchor.setAttribute("aria-expanded", "true");
  node.classList.add("popup");
  document.getElementById("float").append(node);
  place(node, anchor);
  node.addEventListener("keydown", (event) => {
    if (event.key === "Escape" || event.key === "Tab") {
      event.preventDefault();
      event.stopPropagation();
      closePopup();
    }
  });
  document.addEventListener("pointerdown", outside, true);
  return true;
}

/** Put a popup whose content grew back into the window. */
export function settle(node) {
  if (open?.node === node) place(node, open.anchor);
}

/** A menu of `{label, description?, href?, danger?, current?, pick()}`; a bare string is a heading. */
export function openMenu(anchor, label, items) {
  const node = h("div", { role: "menu", "aria-label": label, class: "menu" });
  for (const item of items) {
    if (typeof item === "string") {
      node.append(h("div", { class: "menu-title", role: "presentation" }, item));
      continue;
    }
    const pick = () => {
      closePopup(!item.href);
      item.pick?.();
    };
    const inside = [
      item.before,
      h(
        "span",
        { class: "menu-words" },
        h("span", {}, item.label),
        item.description && h("small", {}, item.description),
      ),
      item.current && h("span", { class: "tick" }, "✓"),
    ];
    const common = {
      role: "menuitem",
      tabindex: "-1",
      class: item.danger ? "danger" : "",
      "aria-current": item.current ? "true" : undefined,
      onclick: pick,
    };
    node.append(
      item.href
        ? h("a", { ...common, href: item.href, target: "_blank", rel: "noopener" }, inside)
        : h("button", { ...common, type: "button" }, inside),
    );
  }
  if (!openPopup(anchor, node)) return;
  const all = [...node.querySelectorAll("[role=menuitem]")];
  (all.find((one) => one.getAttribute("aria-current")) ?? all[0])?.focus();
  node.addEventListener("keydown", (event) => {
    const at = all.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    all[(to + all.length) % all.length]?.focus();
  });
}

/** Keep Tab inside `node`; `escape` hears Esc. */
export function trap(node, escape) {
  node.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented) {
      event.preventDefault();
      event.stopPropagation();
      escape();
    }
    if (event.key !== "Tab") return;
    const all = focusables(node);
    if (!all.length) return event.preventDefault();
    const edge = event.shiftKey ? all[0] : all.at(-1);
    if (document.activeElement === edge || !node.contains(document.activeElement)) {
      event.preventDefault();
      (event.shiftKey ? all.at(-1) : all[0]).focus();
    }
  });
}

/** Ask a question of Block Kit (a `confirm` object); resolves to true when confirmed. The safe answer has the focus. */
export function askConfirm(confirm) {
  const opener = document.activeElement;
  return new Promise((resolve) => {
    const answer = (yes) => {
      layer.remove();
      const fid = opener?.getAttribute?.("data-fid");
      (opener?.isConnected ? opener : fid && document.querySelector(`[data-fid="${CSS.escape(fid)}"]`))?.focus?.();
      resolve(yes);
    };
    const no = h(
      "button",
      { type: "button", class: "button", onclick: () => answer(false) },
      plain(confirm.deny ?? "Cancel"),
    );
    const style = confirm.style === "danger" ? "danger-fill" : "primary";
    const box = h(
      "div",
      {
        class: "dialog question",
        role: "alertdialog",
        "aria-modal": "true",
        "aria-labelledby": "question-title",
        "aria-describedby": "question-text",
      },
      h("h2", { id: "question-title" }, textNodes(confirm.title ?? "Are you sure?")),
      h("div", { id: "question-text", class: "mrkdwn" }, textNodes(confirm.text)),
      h(
        "div",
        { class: "dialog-foot" },
        no,
        h(
          "button",
          { type: "button", class: `button ${style}`, onclick: () => answer(true) },
          plain(confirm.confirm ?? "Yes"),
        ),
      ),
    );
    const layer = h("div", { class: "overlay over" }, box);
    trap(box, () => answer(false));
    document.getElementById("float").append(layer);
    no.focus();
  });
}

/** A plain dialog with a title and any content; returns its closer. */
export function openDialog(title, content, className = "") {
  const opener = document.activeElement;
  const close = () => {
    layer.remove();
    opener?.focus?.();
  };
  const box = h(
    "div",
    { class: `dialog ${className}`, role: "dialog", "aria-modal": "true", "aria-label": title },
    h(
      "div",
      { class: "dialog-head" },
      h("h2", {}, title),
      h("button", { type: "button", class: "icon-button", "aria-label": "Close", onclick: close }, "✕"),
    ),
    content,
  );
  const layer = h("div", { class: "overlay over", onclick: (event) => event.target === layer && close() }, box);
  trap(box, close);
  document.getElementById("float").append(layer);
  (box.querySelector("input") ?? focusables(box)[0])?.focus();
  return close;
}
