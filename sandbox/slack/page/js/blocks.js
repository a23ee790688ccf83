// Block Kit to nodes, for messages, modals and Home. `place` says where a block stands and takes what its elements tell.

import { chart } from "./charts.js";
import { h } from "./dom.js";
import { element } from "./inputs.js";
import { markdown } from "./markdown.js";
import { plain, textNodes } from "./mrkdwn.js";
import { richText } from "./richtext.js";

const LONG_TEXT = 900;

function words(text, className) {
  return h("div", { class: `mrkdwn ${className ?? ""}` }, textNodes(text));
}

function section(block, place) {
  const text = block.text && words(block.text, "section-text");
  const long = text && place.surface === "message" && !block.expand && text.textContent.length > LONG_TEXT;
  const more =
    long &&
    h(
      "button",
      {
        type: "button",
        class: "link-button",
        onclick: () => {
          text.classList.remove("cut");
          more.remove();
        },
      },
      "See more",
    );
  if (long) text.classList.add("cut");
  const fields =
    block.fields?.length &&
    h(
      "div",
      { class: "fields" },
      block.fields.map((field) => words(field)),
    );
  return h(
    "div",
    { class: "block section" },
    h("div", { class: "section-body" }, text, more, fields),
    block.accessory && h("div", { class: "accessory" }, element(block.accessory, block, place)),
  );
}

/**
 * Where a picture is; a `slack_file` is named by its id as well as by its address.
 * Source: docs.slack.dev/reference/block-kit/composition-objects/slack-file-object, 2026-11-21.
 */
function imageUrl(one) {
  const { id, url: address } = one.slack_file ?? {};
  const url = one.image_url ?? (id ? `/_page/file/${encodeURIComponent(id)}` : (address ?? ""));
  return /^(https?:|\/|blob:)/.test(url) ? url : null;
}

/** An image, or its description where it cannot be shown. */
function picture(one, className) {
  const url = imageUrl(one);
  const missing = () => h("span", { class: "no-image" }, `Image: ${one.alt_text || "not shown"}`);
  if (!url) return missing();
  const node = h("img", { src: url, alt: one.alt_text ?? "", class: className, loading: "lazy" });
  node.addEventListener("error", () => node.replaceWith(missing()), { once: true });
  return node;
}

function image(block) {
  return h(
    "figure",
    { class: "block image" },
    block.title && h("figcaption", {}, textNodes(block.title)),
    picture(block, "picture"),
  );
}

function context(block) {
  const items = (block.elements ?? []).map((one) =>
    one.type === "image" ? picture(one, "context-image") : h("span", { class: "mrkdwn" }, textNodes(one)),
  );
  return h("div", { class: "block context" }, items);
}

function input(block, place) {
  const inner = block.element ?? {};
  const id = place.idOf(block.block_id, inner.action_id);
  const error = place.errors?.[block.block_id];
  const hint = block.hint && h("p", { class: "hint", id: `${id}-hint` }, textNodes(block.hint));
  const described = [error && `${id}-error`, hint && `${id}-hint`].filter(Boolean).join(" ") || undefined;
  const grouped = ["checkboxes", "radio_buttons"].includes(inner.type);
  const label = h(
    grouped ? "span" : "label",
    { class: "label", id: `${id}-label`, for: grouped ? undefined : id },
    textNodes(block.label),
    block.optional && h("span", { class: "optional" }, " (optional)"),
  );
  const node = element(inner, block, {
    ...place,
    id,
    described,
    invalid: Boolean(error),
    dispatches: Boolean(block.dispatch_action),
  });
  return h(
    "div",
    { class: `block input ${error ? "has-error" : ""}` },
    label,
    node,
    error && h("p", { class: "field-error", id: `${id}-error`, role: "alert" }, error),
    hint,
  );
}

function cell(one) {
  if (one?.type === "rich_text") return richText(one);
  return [String(one?.text ?? one?.value ?? "")];
}

function cellClass(setting, one) {
  const align = setting?.align ?? (one?.type === "raw_number" ? "right" : "left");
  return setting?.is_wrapped === false ? `${align} nowrap` : align;
}

function table(block) {
  const settings = block.column_settings ?? [];
  const [head = [], ...rows] = block.rows ?? [];
  const line = (cells, tag) =>
    h(
      "tr",
      {},
      cells.map((one, index) =>
        h(
          tag,
          {
            class: cellClass(settings[index], one),
            scope: tag === "th" ? "col" : undefined,
          },
          cell(one),
        ),
      ),
    );
  return h(
    "div",
    {
      class: "block table-scroll",
      tabindex: "0",
      role: "region",
      "aria-label": block.caption?.text ?? block.caption ?? "Table",
    },
    h(
      "table",
      {},
      h("thead", {}, line(head, "th")),
      h(
        "tbody",
        {},
        rows.map((row) => line(row, "td")),
      ),
    ),
  );
}

function alertBlock(block) {
  const level = ["info", "warning", "error", "success"].includes(block.level) ? block.level : "default";
  return h("div", { class: `block alert ${level}`, role: "note" }, textNodes(block.text));
}

function card(block, place) {
  return h(
    "div",
    { class: "block card" },
    block.hero_image && picture(block.hero_image, "hero"),
    h(
      "div",
      { class: "card-body" },
      h(
        "div",
        { class: "card-head" },
        block.icon && picture(block.icon, "card-icon"),
        h(
          "div",
          {},
          block.title && h("div", { class: "card-title" }, textNodes(block.title)),
          block.subtitle && h("div", { class: "meta" }, textNodes(block.subtitle)),
        ),
      ),
      block.body && words(block.body),
      block.actions?.length &&
        h(
          "div",
          { class: "actions" },
          block.actions.map((one) => element(one, block, place)),
        ),
    ),
  );
}

function contextActions(block, place) {
  const buttons = (block.elements ?? []).flatMap((one) => {
    if (one.type !== "feedback_buttons")
      return [{ ...one, type: "button", text: one.text ?? { type: "plain_text", text: one.icon ?? "…" } }];
    return [one.positive_button, one.negative_button]
      .filter(Boolean)
      .map((each) => ({ ...each, type: "button", action_id: one.action_id, answers: "feedback_buttons" }));
  });
  return h(
    "div",
    { class: "block actions small" },
    buttons.map((one) => element(one, block, place)),
  );
}

const DRAW = {
  section,
  header: (block) => h("h3", { class: "block header" }, textNodes(block.text)),
  context,
  divider: () => h("hr", { class: "block" }),
  actions: (block, place) =>
    h(
      "div",
      { class: "block actions" },
      (block.elements ?? []).map((one) => element(one, block, place)),
    ),
  image,
  input,
  rich_text: (block) => h("div", { class: "block rich" }, richText(block)),
  markdown: (block) => h("div", { class: "block markdown" }, markdown(block.text)),
  table,
  data_table: table,
  data_visualization: (block) => h("div", { class: "block" }, chart(block)),
  alert: alertBlock,
  card,
  carousel: (block, place) =>
    h(
      "div",
      { class: "block carousel" },
      (block.elements ?? block.cards ?? []).map((one) => card(one, place)),
    ),
  context_actions: contextActions,
  file: (block) => h("div", { class: "block context" }, `File: ${plain(block.external_id ?? "")}`),
};

/** One block. */
function blockNode(block, place) {
  const draw = DRAW[block?.type];
  const node = draw
    ? draw(block, place)
    : h("div", { class: "block refusal" }, `This page does not draw “${block?.type}” blocks.`);
  if (block?.block_id) node.dataset.block = block.block_id;
  return node;
}

const signature = (block, error) => JSON.stringify([block, error ?? null]);

/** Take the error from a block in place, so that nothing is redrawn under who is typing. */
export function clearError(node, block) {
  node.classList.remove("has-error");
  node.querySelector(":scope > .field-error")?.remove();
  const hint = node.querySelector(":scope > .hint");
  for (const field of node.querySelectorAll("[aria-invalid]")) {
    field.removeAttribute("aria-invalid");
    if (hint) field.setAttribute("aria-describedby", hint.id);
    else field.removeAttribute("aria-describedby");
  }
  node.__sig = signature(block);
}

/** What `reconcile` needs to draw a list of blocks and to redraw only what changed. */
export function blockItems(blocks, place) {
  const seen = new Map();
  return (blocks ?? []).map((block, index) => {
    const name = block.block_id || `#${index}`;
    const again = seen.get(name) ?? 0;
    seen.set(name, again + 1);
    return {
      key: `${name}~${again}`,
      sig: signature(block, place.errors?.[block.block_id]),
      build: () => blockNode(block, place),
    };
  });
}
