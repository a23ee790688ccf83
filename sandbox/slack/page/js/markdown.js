// The `markdown` block: the everyday part of Markdown.

import { h } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { link } from "./mrkdwn.js";

const TOKEN = new RegExp(
  [
    /`([^`]+)`/,
    /!?\[([^\]]*)\]\(([^)\s]+)[^)]*\)/,
    /\*\*(.+?)\*\*|__(.+?)__/,
    /~~(.+?)~~/,
    /\*([^*\s][^*]*)\*|(?<!\w)_([^_\s][^_]*)_(?!\w)/,
    /(https?:\/\/[^\s<>)]+)/,
  ]
    .map((one) => one.source)
    .join("|"),
  "g",
);

function inline(text) {
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(TOKEN)) {
    nodes.push(withEmoji(text.slice(from, match.index)));
    from = match.index + match[0].length;
    const [, code, label, url, bold, bold2, strike, italic, italic2, bare] = match;
    if (code) nodes.push(h("code", {}, code));
    else if (url) nodes.push(link(url, label || url));
    else if (bold ?? bold2) nodes.push(h("strong", {}, inline(bold ?? bold2)));
    else if (strike) nodes.push(h("s", {}, inline(strike)));
    else if (italic ?? italic2) nodes.push(h("em", {}, inline(italic ?? italic2)));
    else nodes.push(link(bare, bare));
  }
  nodes.push(withEmoji(text.slice(from)));
  return nodes;
}

const KINDS = [
  ["fence", /^```/],
  ["rule", /^(-{3,}|\*{3,}|_{3,})\s*$/],
  ["head", /^#{1,6}\s+/],
  ["quote", /^>\s?/],
  ["bullet", /^\s*[-*+]\s+/],
  ["number", /^\s*\d+[.)]\s+/],
];

const kindOf = (row) => KINDS.find(([, pattern]) => pattern.test(row))?.[0] ?? (row.trim() ? "text" : "blank");

function group(rows, kind) {
  const bare = rows.map((row) => row.replace(KINDS.find(([name]) => name === kind)?.[1] ?? /^$/, ""));
  switch (kind) {
    case "rule":
      return h("hr");
    case "head":
      return bare.map((row) => h("p", { class: "md-head" }, inline(row)));
    case "quote":
      return h("blockquote", {}, inline(bare.join("\n")));
    case "bullet":
      return h(
        "ul",
        { class: "rich-list" },
        bare.map((row) => h("li", {}, inline(row))),
      );
    case "number":
      return h(
        "ol",
        { class: "rich-list" },
        bare.map((row) => h("li", {}, inline(row))),
      );
    case "text":
      return h("p", {}, inline(bare.join("\n")));
    default:
      return null;
  }
}

/** The nodes of a Markdown text. */
export function markdown(text) {
  const rows = String(text ?? "").split("\n");
  const nodes = [];
  for (let at = 0; at < rows.length;) {
    const kind = kindOf(rows[at]);
    let end = at + 1;
    if (kind === "fence") {
      while (end < rows.length && !rows[end].startsWith("```")) end += 1;
      nodes.push(h("pre", {}, rows.slice(at + 1, end).join("\n")));
      end += 1;
    } else {
      while (end < rows.length && kindOf(rows[end]) === kind) end += 1;
      nodes.push(group(rows.slice(at, end), kind));
    }
    at = end;
  }
  return nodes;
}
