// rich_text blocks to nodes, and what is typed into a rich_text_input back to a rich_text block.

import { h } from "./dom.js";
import { emojiFrom } from "./emoji.js";
import { broadcast, channelMention, dateNode, link, userMention } from "./mrkdwn.js";

function styledText(words, style = {}) {
  let node = document.createTextNode(words);
  if (style.code) node = h("code", {}, node);
  if (style.bold) node = h("strong", {}, node);
  if (style.italic) node = h("em", {}, node);
  if (style.strike) node = h("s", {}, node);
  if (style.underline) node = h("u", {}, node);
  return node;
}

function piece(one) {
  switch (one.type) {
    case "text":
      return styledText(one.text ?? "", one.style);
    case "link":
      return link(one.url ?? "", styledText(one.text || one.url || "", one.style));
    case "emoji":
      return document.createTextNode(emojiFrom(one.name, one.unicode));
    case "user":
      return userMention(one.user_id);
    case "channel":
      return channelMention(one.channel_id);
    case "usergroup":
      return h("span", { class: "mention" }, "@group");
    case "broadcast":
      return broadcast(one.range);
    case "date":
      return dateNode(Number(one.timestamp), one.format ?? "{date_short_pretty} {time}", one.url, one.fallback);
    case "color":
      return h("code", {}, one.value);
    default:
      return document.createTextNode(one.text ?? "");
  }
}

const pieces = (elements) => (elements ?? []).map(piece);

function list(element) {
  const ordered = element.style === "ordered";
  const items = (element.elements ?? []).map((item) => h("li", {}, pieces(item.elements)));
  const node = h(
    ordered ? "ol" : "ul",
    { class: "rich-list", start: ordered && element.offset ? element.offset + 1 : undefined },
    items,
  );
  node.style.marginInlineStart = `${(element.indent ?? 0) * 22}px`;
  if (element.border) node.classList.add("bordered");
  return node;
}

/** The nodes of a rich_text block. */
export function richText(block) {
  return (block.elements ?? []).map((element) => {
    switch (element.type) {
      case "rich_text_list":
        return list(element);
      case "rich_text_preformatted":
        return h("pre", {}, pieces(element.elements));
      case "rich_text_quote":
        return h("blockquote", { class: element.border ? "bordered" : "" }, pieces(element.elements));
      default:
        return h("div", { class: "rich-section" }, pieces(element.elements));
    }
  });
}

/** What was typed, as a rich_text block; null when nothing was. */
export function toRichText(text) {
  if (!text.trim()) return null;
  return { type: "rich_text", elements: [{ type: "rich_text_section", elements: [{ type: "text", text }] }] };
}

/** The plain text of a rich_text block, to edit it. */
export function fromRichText(block) {
  return richText(block ?? {})
    .map((node) => node.textContent)
    .join("\n");
}
