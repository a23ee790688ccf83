// The wire: each call between the app and Slack, and what was in it.

import { h, icon, iconButton, reconcile, refill } from "./dom.js";
import { seconds, timeOf } from "./dates.js";
import { read, show, ui, world } from "./store.js";

let onlyRefused = false;
const details = new Map();

/** Show one call, from a refusal in the channel. */
export function openWire(n) {
  show({ panel: "wire", call: n });
  load(n);
  const wait = () => document.querySelector(`[data-fid="wire-${n}"]`)?.focus();
  requestAnimationFrame(() => requestAnimationFrame(wait));
}

async function load(n) {
  if (details.has(n)) return;
  details.set(n, (await read(`wire/${n}`)) ?? { request: null, response: "This call is no longer kept." });
  show({});
}

function toggle(n) {
  show({ call: ui.call === n ? null : n });
  if (ui.call === n) load(n);
}

/** JSON with its keys and texts set apart. */
function json(value) {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  const node = h("pre", { class: "json", tabindex: "0" });
  let from = 0;
  for (const match of (text ?? "null").matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null|-?\d+(?:\.\d+)?)\b/g)) {
    node.append(
      text.slice(from, match.index),
      h("span", { class: match[2] ? "key" : match[1] ? "string" : "literal" }, match[1] ?? match[3]),
      match[2] ?? "",
    );
    from = match.index + match[0].length;
  }
  node.append((text ?? "null").slice(from));
  return node;
}

function callNode(call) {
  const open = ui.call === call.n;
  const detail = details.get(call.n);
  const out = call.direction === "to_app";
  const state = call.ok ? "ok" : call.refused ? "refused" : "error";
  return h(
    "li",
    { class: `call ${state}` },
    h(
      "button",
      {
        type: "button",
        class: "call-head",
        "data-fid": `wire-${call.n}`,
        "aria-expanded": String(open),
        onclick: () => toggle(call.n),
      },
      h(
        "span",
        { class: "arrow", title: out ? "Slack to the app" : "the app to Slack" },
        out ? "→" : "←",
        h("span", { class: "for-ears" }, out ? "to the app" : "to Slack"),
      ),
      h("span", { class: "method" }, call.method),
      h("span", { class: "outcome" }, call.ok ? "ok" : (call.error ?? "error")),
      h("span", { class: "meta" }, call.ms === null || call.ms === undefined ? "" : `${Math.round(call.ms)} ms`),
      h("span", { class: "meta" }, timeOf(seconds(call.at), world.me.tz)),
    ),
    open &&
      (detail
        ? h(
            "div",
            { class: "call-body" },
            h("h4", {}, "Request"),
            json(detail.request),
            h("h4", {}, "Answer"),
            json(detail.response),
          )
        : h("p", { class: "meta" }, "Loading…")),
  );
}

/** The panel; `root` is kept between drawings. */
export function drawWire(root) {
  if (!root.firstChild) {
    const box = h("input", {
      type: "checkbox",
      checked: onlyRefused,
      "data-fid": "wire-refused",
      onchange: () => {
        onlyRefused = box.checked;
        show({});
      },
    });
    root.append(
      h(
        "div",
        { class: "panel-head" },
        h("h2", {}, icon("wire"), "Wire"),
        h("label", { class: "choice inline" }, box, h("span", {}, "refused only")),
        iconButton("close", "Close the wire", () => show({ panel: null })),
      ),
      h("ul", { class: "calls" }),
      h("p", { class: "empty" }),
    );
  }
  const calls = [...(world.wire ?? [])].reverse().filter((call) => !onlyRefused || call.refused);
  reconcile(
    root.querySelector(".calls"),
    calls.map((call) => ({
      key: `call-${call.n}`,
      sig: JSON.stringify([call, ui.call === call.n, details.has(call.n) && Boolean(details.get(call.n))]),
      build: () => callNode(call),
    })),
  );
  refill(
    root.querySelector(".empty"),
    calls.length ? null : onlyRefused ? "Slack refused nothing so far." : "No calls yet.",
  );
}
