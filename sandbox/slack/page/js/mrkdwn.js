// Slack's mrkdwn to nodes. Input is what apps send: `&amp;`, `&lt;` and `&gt;` escaped, `<…>` for links and mentions.

import { fillDate } from "./dates.js";
import { h } from "./dom.js";
import { emojiOf, withEmoji } from "./emoji.js";
import { appChannel, channelOf, openChannel, person, world } from "./store.js";

const SLACK_LINK = /^slack:\/\/app\?/i;
const SAFE_LINK = /^(https?:\/\/|mailto:|tel:)/i;

/** Undo the three escapes of Slack, once. */
function unescape(text) {
  return text.replace(/&(lt|gt|amp);/g, (whole, name) => ({ lt: "<", gt: ">", amp: "&" })[name]);
}

/** A link into the app, as Slack's own clients follow it: to its Home or to its messages. */
function appLink(url, children) {
  const tab = new URLSearchParams(url.slice(url.indexOf("?"))).get("tab") === "home" ? "home" : "messages";
  const go = () => appChannel() && openChannel(appChannel().id, tab);
  return h("button", { type: "button", class: "link-button", onclick: go }, children);
}

/** A link that opens beside the page; anything but web, mail and telephone stays text. */
export function link(url, children) {
  if (SLACK_LINK.test(url)) return appLink(url, children);
  if (!SAFE_LINK.test(url)) return h("span", {}, children);
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, children);
}

/** `@Maya`, highlighted when it is the reader. */
export function userMention(id, name) {
  const known = person(id);
  const mine = id === world?.me?.id;
  return h("span", { class: mine ? "mention me" : "mention" }, `@${known?.name ?? name ?? id}`);
}

/** `#channel`, which goes there. */
export function channelMention(id, name) {
  const known = channelOf(id);
  const words = `#${known?.name ?? name ?? "private channel"}`;
  if (!known) return h("span", { class: "mention" }, words);
  return h("button", { type: "button", class: "mention", onclick: () => openChannel(known.id) }, words);
}

/** `@here` and its like. */
export function broadcast(range) {
  return h("span", { class: "mention me" }, `@${range}`);
}

/** A time in the reader's zone; the fallback stands where the format is unknown. */
export function dateNode(epoch_s, format, url, fallback) {
  if (!Number.isFinite(epoch_s)) return document.createTextNode(fallback ?? "");
  const node = h(
    "time",
    { datetime: new Date(epoch_s * 1000).toISOString(), title: fallback },
    fillDate(epoch_s, format, world?.me?.tz),
  );
  return url ? link(url, node) : node;
}

function angle(inside) {
  const [head, ...rest] = inside.split("|");
  const label = rest.length ? unescape(rest.join("|")) : undefined;
  if (head.startsWith("@")) return userMention(head.slice(1), label);
  if (head.startsWith("#")) return channelMention(head.slice(1), label);
  if (head.startsWith("!date^")) {
    const [, epoch, format, url] = head.split("^");
    return dateNode(Number(epoch), format ?? "{date} {time}", url && unescape(url), label);
  }
  if (head.startsWith("!subteam")) return h("span", { class: "mention" }, label ?? "@group");
  if (head.startsWith("!")) return broadcast(head.slice(1).split("^")[0]);
  const url = unescape(head);
  return link(url, label === undefined ? url : withEmoji(label));
}

const EDGE_BEFORE = "(?<![\\p{L}\\p{N}_*~`])";
const EDGE_AFTER = "(?![\\p{L}\\p{N}_*~`])";
const styled = (mark) =>
  `${EDGE_BEFORE}\\${mark}(?=[^\\s${mark}])(?:<[^<>\\n]*>|\`[^\`\\n]*\`|[^\\n${mark}])*(?<!\\s)\\${mark}${EDGE_AFTER}`
    .replaceAll("\\_", "_")
    .replaceAll("\\~", "~");
const TOKEN = new RegExp(
  [
    "`[^`\\n]+`",
    "<[^<>\\n]+>",
    ":[a-z0-9_+-]+:",
    "https?:\\/\\/[^\\s<>|]+[^\\s<>|.,;:!?)\\]'\"]",
    styled("*"),
    styled("_"),
    styled("~"),
  ].join("|"),
  "gu",
);
const TAGS = { "*": "strong", _: "em", "~": "s" };

/** One line, or part of one. */
function inline(text) {
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(TOKEN)) {
    const token = match[0];
    if (match.index > from) nodes.push(unescape(text.slice(from, match.index)));
    from = match.index + token.length;
    const first = token[0];
    if (first === "`") nodes.push(h("code", {}, unescape(token.slice(1, -1))));
    else if (first === "<") nodes.push(angle(token.slice(1, -1)));
    else if (first === ":") nodes.push(emojiOf(token.slice(1, -1)) ?? token);
    else if (first === "h") nodes.push(link(unescape(token), unescape(token)));
    else nodes.push(h(TAGS[first], {}, inline(token.slice(1, -1))));
  }
  if (from < text.length) nodes.push(unescape(text.slice(from)));
  return nodes;
}

function lines(text) {
  const nodes = [];
  let quote = null;
  const rows = text.split("\n");
  rows.forEach((row, index) => {
    const marked = /^(&gt;|>)(?!&gt;|>) ?/.exec(row);
    if (marked) {
      if (!quote) nodes.push((quote = h("blockquote")));
      else quote.append("\n");
      quote.append(...inline(row.slice(marked[0].length)));
      return;
    }
    const last = index === rows.length - 1;
    if (!(quote && row === "" && last)) nodes.push(...inline(row), last ? "" : "\n");
    quote = null;
  });
  return nodes;
}

function withoutLongQuote(text) {
  const at = /(^|\n)(&gt;&gt;&gt;|>>>) ?/.exec(text);
  if (!at) return lines(text);
  const before = text.slice(0, at.index);
  return [...(before ? lines(before) : []), h("blockquote", {}, inline(text.slice(at.index + at[0].length)))];
}

/** All nodes of an mrkdwn text. */
export function mrkdwn(text) {
  const pieces = String(text ?? "").split("```");
  return pieces.flatMap((piece, index) => {
    const closed = index % 2 === 1 && index < pieces.length - 1;
    if (closed) return [h("pre", {}, unescape(piece.replace(/^\n/, "").replace(/\n$/, "")))];
    const open = index % 2 === 1 ? `\`\`\`${piece}` : piece;
    const trimmed = index > 0 && index % 2 === 0 ? open.replace(/^\n/, "") : open;
    return trimmed ? withoutLongQuote(trimmed) : [];
  });
}

/** A text object of Block Kit, or a bare string. */
export function textNodes(text) {
  if (text === undefined || text === null) return [];
  if (typeof text === "string") return [withEmoji(text)];
  if (text.type === "mrkdwn") return mrkdwn(text.text);
  return [text.emoji === false ? text.text : withEmoji(text.text ?? "")];
}

/** The plain words of a text object, for names and announcements. */
export function plain(text) {
  const words = typeof text === "string" ? text : (text?.text ?? "");
  if (typeof text === "string" || text?.type !== "mrkdwn") return withEmoji(words);
  return h("div", {}, mrkdwn(words)).textContent;
}
