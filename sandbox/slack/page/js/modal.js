// The stack of modals. Only the top one can be used; the others show their edges behind it.

import { blockItems, clearError } from "./blocks.js";
import { avatar, focusables, h, icon, reconcile, refill, refillFor } from "./dom.js";
import { forgetUploads, uploading } from "./files.js";
import { hush } from "./inputs.js";
import { plain, textNodes } from "./mrkdwn.js";
import { closePopup, trap } from "./popup.js";
import { ask, changed, ui, world } from "./store.js";
import { collect, problems, prune } from "./values.js";

const own = new Map();
let opener = null;
let shownTop = null;

const stateOf = (id) => {
  if (!own.has(id)) own.set(id, { errors: {}, told: {}, sending: false, banner: null, root: null, noted: "" });
  return own.get(id);
};

const hereOf = () => ui.channel;

/** `view.state.values` of a view, as Slack sends them. */
const valuesOf = (entry) => collect(entry.id, entry.view.blocks, hereOf());

async function submit(entry) {
  const mine = stateOf(entry.id);
  if (mine.sending || entry.busy || uploading(entry.id)) return;
  mine.errors = problems(entry.id, entry.view.blocks, hereOf());
  mine.banner = null;
  mine.told = {};
  mine.adopted = null;
  hush(entry.id);
  mine.back_to = document.activeElement?.getAttribute("data-fid");
  mine.returning = true;
  if (Object.keys(mine.errors).length === 0) {
    mine.sending = true;
    changed();
    const answer = await ask("submit", { view_id: entry.id, values: valuesOf(entry) });
    mine.sending = false;
    if (!answer.ok && !answer.errors) mine.banner = bannerFor(answer.error);
  }
  changed();
}

function bannerFor(error) {
  return !error || /timeout|answer|ack/i.test(error)
    ? "The app did not answer. Your input is kept."
    : `Slack would show an error here: ${error}. Your input is kept.`;
}

/** After an answer: to the first error, or back to where the person was. */
function giveFocus(mine) {
  const field = mine.root.querySelector(".has-error");
  const before = mine.back_to && mine.root.querySelector(`[data-fid="${CSS.escape(mine.back_to)}"]`);
  const target = field ? entrance(field) : before && !before.disabled ? before : firstField(mine);
  if (field) {
    mine.returning = false;
    field.scrollIntoView({ block: "nearest" });
  }
  (target ?? mine.root.querySelector("button"))?.focus({ preventScroll: !field });
}

async function close(entry, all = false) {
  closePopup(false);
  await ask("close", { view_id: entry.id, all, values: valuesOf(entry) });
}

function placeOf(entry, mine) {
  return {
    surface: "modal",
    scope: entry.id,
    address: { view_id: entry.id },
    here: hereOf(),
    errors: { ...mine.told, ...mine.errors },
    idOf: (block_id, action_id) => `v-${entry.id}-${block_id}-${action_id}`.replace(/[^\w-]/g, "_"),
    touched: (block) => {
      delete mine.told[block.block_id];
      delete mine.errors[block.block_id];
      const node = mine.body.querySelector(`[data-block="${CSS.escape(block.block_id)}"].has-error`);
      if (node) clearError(node, block);
    },
    act: (block, element, state) =>
      ask("action", {
        view_id: entry.id,
        block_id: block.block_id,
        action_id: element.action_id,
        state,
        values: valuesOf(mine.entry),
      }),
  };
}

function build(entry) {
  const mine = stateOf(entry.id);
  const title = h("h2", { id: `title-${entry.id}` });
  const body = h("div", { class: "modal-body" });
  const foot = h("div", { class: "modal-foot" });
  const banner = h("div", { class: "banner-room", role: "alert" });
  const shut = h(
    "button",
    { type: "button", class: "icon-button", "aria-label": "Close", "data-fid": `shut-${entry.id}` },
    icon("close"),
  );
  const root = h(
    "div",
    {
      class: "modal",
      role: "dialog",
      tabindex: "-1",
      "aria-modal": "true",
      "aria-labelledby": `title-${entry.id}`,
      "data-view": entry.id,
    },
    h("div", { class: "modal-head" }, avatar({ is_app: true }, "small"), title, shut),
    banner,
    body,
    foot,
  );
  Object.assign(mine, { root, title, body, foot, banner_room: banner });
  shut.addEventListener("click", () => close(mine.entry, true));
  trap(root, () => close(mine.entry));
  root.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      if (mine.entry.view.submit || hasInput(mine.entry.view)) submit(mine.entry);
    }
  });
  return root;
}

const hasInput = (view) => (view.blocks ?? []).some((block) => block.type === "input");

function update(entry, top) {
  const mine = stateOf(entry.id);
  if (!mine.root) build(entry);
  const fresh = mine.entry?.hash !== entry.hash || JSON.stringify(mine.entry?.errors) !== JSON.stringify(entry.errors);
  mine.entry = entry;
  const told = JSON.stringify(entry.errors ?? {});
  if (told !== "{}" && told !== mine.adopted && !mine.sending) {
    mine.told = { ...entry.errors };
    mine.adopted = told;
  }
  if (fresh && mine.noted !== `${entry.hash}${JSON.stringify(entry.errors ?? {})}`) {
    if (mine.noted) mine.errors = {};
    mine.noted = `${entry.hash}${JSON.stringify(entry.errors ?? {})}`;
    prune(entry.id, entry.view.blocks);
  }
  const place = placeOf(entry, mine);
  const busy = mine.sending || entry.busy;
  refillFor(mine.title, JSON.stringify(entry.view.title), textNodes(entry.view.title));
  const banner = mine.banner ?? entry.banner;
  if (mine.banner_shown !== banner) {
    refill(mine.banner_room, banner && h("div", { class: "banner" }, icon("warn"), banner));
    mine.banner_shown = banner;
  }
  reconcile(mine.body, blockItems(entry.view.blocks, place));
  mine.body.inert = busy;
  mine.root.setAttribute("aria-busy", busy ? "true" : "false");
  const waiting = uploading(entry.id);
  const words = entry.view.submit ? plain(entry.view.submit) : hasInput(entry.view) ? "Submit" : null;
  refillFor(
    mine.foot,
    JSON.stringify([words, entry.view.close, busy, waiting]),
    h("span", { class: "meta" }, waiting ? "Uploading…" : ""),
    h(
      "button",
      { type: "button", class: "button", "data-fid": `close-${entry.id}`, onclick: () => close(mine.entry) },
      plain(entry.view.close) || "Cancel",
    ),
    words &&
      h(
        "button",
        {
          type: "button",
          class: "button primary",
          "data-fid": `submit-${entry.id}`,
          disabled: busy || waiting,
          onclick: () => submit(mine.entry),
        },
        busy && h("span", { class: "spinner", "aria-hidden": "true" }),
        words,
      ),
  );
  mine.root.classList.toggle("under", !top);
  mine.root.inert = !top;
  mine.root.removeAttribute("data-depth");
  return mine.root;
}

/** Where typing or choosing begins inside a node: not at the buttons that remove something. */
function entrance(node) {
  const all = focusables(node).filter((one) => !one.closest(".table-scroll"));
  return all.find((one) => one.matches("input,textarea,.select")) ?? all[0];
}

function firstField(mine) {
  const wished = mine.entry.view.blocks?.find((block) => block.element?.focus_on_load);
  const scope = wished ? mine.body.querySelector(`[data-block="${CSS.escape(wished.block_id)}"]`) : mine.body;
  return entrance(scope ?? mine.body) ?? focusables(mine.foot).at(-1);
}

/** Bring the stack on the page to what the snapshot says. */
export function drawModals(layer) {
  const views = world?.views ?? [];
  for (const [id] of own) {
    if (views.some((view) => view.id === id)) continue;
    prune(id, null);
    forgetUploads(id);
    own.delete(id);
  }
  if (views.length && layer.hidden) opener = document.activeElement;
  layer.hidden = views.length === 0;
  document.getElementById("app").inert = views.length > 0;
  if (!views.length) {
    if (layer.children.length) closePopup(false);
    layer.replaceChildren();
    if (shownTop) giveBack();
    shownTop = null;
    return;
  }
  const nodes = views.map((entry, index) => update(entry, index === views.length - 1));
  nodes.forEach((node, index) => {
    node.style.setProperty("--depth", String(nodes.length - 1 - index));
    if (layer.children[index] !== node) layer.insertBefore(node, layer.children[index] ?? null);
  });
  while (layer.children.length > nodes.length) layer.lastChild.remove();
  const top = views.at(-1);
  const mine = stateOf(top.id);
  const shape = `${top.id}/${hasInput(top.view)}`;
  const lost = !mine.root.contains(document.activeElement) && !document.querySelector("#float > *");
  const busy = mine.sending || top.busy;
  const told = mine.returning && !busy && mine.root.querySelector(".has-error");
  if (shape !== shownTop) {
    shownTop = shape;
    mine.returning = false;
    (firstField(mine) ?? mine.root.querySelector("button"))?.focus({ preventScroll: true });
  } else if (busy) mine.root.focus({ preventScroll: true });
  else if (lost || told) giveFocus(mine);
}

function giveBack() {
  const fid = opener?.getAttribute?.("data-fid");
  const node =
    opener?.isConnected && opener !== document.body
      ? opener
      : fid && document.querySelector(`[data-fid="${CSS.escape(fid)}"]`);
  (node || document.getElementById("composer-text"))?.focus?.({ preventScroll: true });
  opener = null;
}
