// The message list of a channel: days, groups of one author, what only the reader sees, and what Slack would refuse.

import { blockItems } from "./blocks.js";
import { dayOf, dayTitle, fullTime, seconds, timeOf } from "./dates.js";
import { announce, avatar, h, icon, iconButton, reconcile } from "./dom.js";
import { messageFiles } from "./files.js";
import { mrkdwn, plain } from "./mrkdwn.js";
import { openMenu } from "./popup.js";
import { ask, person, show, world } from "./store.js";
import { collect } from "./values.js";
import { openWire } from "./wire.js";

const GROUP_S = 300;
const NEAR_END_PX = 80;

function placeOf(message, inThread) {
  const address = { message: { channel: message.channel, ts: message.ts } };
  const scope = `${message.channel}:${message.ts}`;
  return {
    surface: "message",
    scope,
    address,
    here: message.channel,
    errors: {},
    idOf: (block_id, action_id) => `${inThread ? "t" : "m"}-${scope}-${block_id}-${action_id}`.replace(/[^\w-]/g, "_"),
    act: (block, element, state) =>
      ask("action", {
        ...address,
        block_id: block.block_id,
        action_id: element.action_id,
        state,
        values: collect(scope, message.blocks, message.channel),
      }),
  };
}

function body(message, inThread) {
  const node = h("div", { class: "message-body" });
  if (message.blocks?.length) reconcile(node, blockItems(message.blocks, placeOf(message, inThread)));
  else if (message.text) node.append(h("div", { class: "mrkdwn" }, mrkdwn(message.text)));
  if (message.files?.length) node.append(messageFiles(message.files));
  if (message.attachments_unsupported)
    node.append(h("p", { class: "meta" }, "This message also has attachments, which this page does not draw."));
  return node;
}

function actions(message, inThread) {
  const shortcuts = (world.app.shortcuts ?? []).filter((one) => one.type === "message");
  const run = (one) =>
    ask("shortcut", { callback_id: one.callback_id, channel: message.channel, message_ts: message.ts });
  const items = [
    ...(shortcuts.length
      ? [
          world.app.name,
          ...shortcuts.map((one) => ({ label: one.name, description: "Message shortcut", pick: () => run(one) })),
        ]
      : []),
    "Message",
    { label: "Copy text", pick: () => navigator.clipboard?.writeText(message.text ?? "") },
    {
      label: "Delete",
      danger: true,
      description: "As an administrator of the workspace",
      pick: () => ask("admin", { do: "delete_message", channel: message.channel, ts: message.ts }),
    },
  ];
  const more = iconButton(
    "more",
    "More actions for this message",
    () => openMenu(more, "Actions for this message", message.ephemeral ? items.slice(-2, -1) : items),
    { "aria-haspopup": "menu", "aria-expanded": "false", "data-fid": `more-${message.ts}` },
  );
  const reply =
    !inThread &&
    !message.ephemeral &&
    iconButton("reply", "Reply in thread", () => openThread(message), { "data-fid": `reply-${message.ts}` });
  return h("div", { class: "message-actions", role: "group", "aria-label": "Message actions" }, reply, more);
}

/** Show a message's thread beside the channel. */
function openThread(message) {
  show({ panel: "thread", thread: { channel: message.channel, ts: message.thread_ts ?? message.ts } });
  requestAnimationFrame(() => requestAnimationFrame(() => document.getElementById("thread-text")?.focus()));
}

function repliesLine(message) {
  const count = message.reply_count ?? message.replies?.length ?? 0;
  if (!count) return null;
  const faces = [...new Map((message.replies ?? []).map((one) => [one.user.id, one.user])).values()].slice(0, 3);
  const last = message.replies?.at(-1);
  return h(
    "button",
    { type: "button", class: "replies", "data-fid": `replies-${message.ts}`, onclick: () => openThread(message) },
    faces.map((one) => avatar(one, "tiny")),
    h("strong", {}, `${count} ${count === 1 ? "reply" : "replies"}`),
    last && h("span", { class: "meta" }, `last at ${timeOf(seconds(last.ts), world.me.tz)}`),
    icon("right", 14),
  );
}

/** One message; `follows` leaves out the author. */
export function messageNode(message, { follows = false, inThread = false } = {}) {
  const when = seconds(message.ts);
  const zone = world.me.tz;
  const time = h(
    "time",
    { class: "meta when", datetime: new Date(when * 1000).toISOString(), title: fullTime(when, zone) },
    timeOf(when, zone),
  );
  const author =
    !follows &&
    h(
      "div",
      { class: "message-head" },
      h("span", { class: "author" }, message.user.name),
      message.user.is_app && h("span", { class: "badge" }, "APP"),
      person(message.user.id)?.role === "outsider" && h("span", { class: "badge" }, "EXTERNAL"),
      time,
    );
  return h(
    "article",
    {
      class: `message ${follows ? "follows" : ""} ${message.ephemeral ? "ephemeral" : ""}`,
      "data-ts": message.ts,
      "aria-label": `${message.user.name}, ${timeOf(when, zone)}`,
    },
    h("div", { class: "gutter" }, follows ? time : avatar(message.user)),
    h(
      "div",
      { class: "message-main" },
      message.ephemeral && h("div", { class: "only-you" }, icon("eye", 14), "Only visible to you"),
      !inThread &&
        message.thread_ts &&
        message.thread_ts !== message.ts &&
        h(
          "button",
          { type: "button", class: "link-button meta", onclick: () => openThread(message) },
          "replied to a thread",
        ),
      author,
      body(message, inThread),
      message.edited && h("span", { class: "meta edited" }, "(edited)"),
      !inThread && repliesLine(message),
    ),
    actions(message, inThread),
  );
}

/** What Slack would not have shown, with the request that asked for it. */
export function refusalNode(refusal) {
  return h(
    "div",
    { class: "refusal-row" },
    h(
      "div",
      { class: "refusal", role: "note" },
      h(
        "div",
        {},
        icon("warn", 16),
        h("strong", {}, "Slack would refuse this: "),
        h("code", {}, refusal.error ?? "error"),
        refusal.method && h("span", { class: "meta" }, ` ${refusal.method}`),
      ),
      (refusal.pointer || refusal.text) &&
        h("p", {}, refusal.pointer && h("code", {}, refusal.pointer), refusal.pointer && " ", refusal.text),
      h(
        "div",
        { class: "actions" },
        refusal.wire !== undefined &&
          refusal.wire !== null &&
          h("button", { type: "button", class: "button small", onclick: () => openWire(refusal.wire) }, "See request"),
        h(
          "button",
          { type: "button", class: "button small", onclick: () => ask("dismiss", { id: refusal.id }) },
          "Dismiss",
        ),
      ),
    ),
  );
}

function itemsOf(channel) {
  const zone = world.me.tz;
  const entries = [
    ...channel.messages.map((message) => ({ at: seconds(message.ts), message })),
    ...(world.refusals ?? [])
      .filter((one) => one.channel === channel.id || !one.channel)
      .map((refusal) => ({ at: seconds(refusal.at), refusal })),
  ].sort((one, other) => one.at - other.at);
  const items = [];
  let last = null;
  for (const { at, message, refusal } of entries) {
    const day = dayOf(at, zone);
    if (!last || last.day !== day) {
      items.push({
        key: `day-${day}`,
        sig: dayTitle(at, zone),
        build: () => h("div", { class: "day", role: "separator" }, h("span", {}, dayTitle(at, zone))),
      });
      last = { day };
    }
    if (refusal) {
      items.push({ key: `refusal-${refusal.id}`, sig: JSON.stringify(refusal), build: () => refusalNode(refusal) });
      last = { day };
      continue;
    }
    const follows =
      last.author === message.user.id &&
      at - last.at < GROUP_S &&
      !message.ephemeral === !last.ephemeral &&
      !message.thread_ts;
    items.push({
      key: `message-${message.ts}`,
      sig: JSON.stringify([message, follows, zone, world.app.shortcuts]),
      message,
      build: () => messageNode(message, { follows }),
    });
    last = { day, author: message.user.id, at, ephemeral: message.ephemeral };
  }
  return items;
}

function emptyNote(channel) {
  if (channel.kind === "im")
    return h(
      "div",
      { class: "empty-channel" },
      avatar({ is_app: channel.with === world.app.bot_user_id, initials: channel.name?.[0] }, "large"),
      h("h2", {}, channel.with === world.app.bot_user_id ? world.app.name : channel.name),
      h("p", {}, "This is the start of your conversation."),
    );
  return h(
    "div",
    { class: "empty-channel" },
    h("h2", {}, icon("hash", 24), channel.name),
    h("p", {}, `This is the start of #${channel.name}. Type `, h("code", {}, "/post"), " to write the first post."),
  );
}

function flash(list, keys) {
  for (const node of list.children) {
    if (!keys.includes(node.__key)) continue;
    node.classList.add("flash");
    setTimeout(() => node.classList.remove("flash"), 1600);
  }
}

const wordsOf = (message) => JSON.stringify([message.text, message.blocks]);

const firstWords = (message) => (plain({ type: "mrkdwn", text: message.text ?? "" }) || "a message").slice(0, 160);

/** The list of one channel; made once per channel, updated for each snapshot. */
export class MessageList {
  constructor() {
    this.list = h("div", { class: "messages", role: "log", "aria-live": "off", "aria-label": "Messages" });
    this.scroller = h("div", { class: "scroller", tabindex: "-1" }, this.list);
    this.pill = h("button", { type: "button", class: "new-below", hidden: true, onclick: () => this.toEnd() });
    this.node = h("div", { class: "message-area" }, this.scroller, this.pill);
    this.channel = null;
    this.said = new Map();
    this.atEnd = true;
    this.unseen = 0;
    this.scroller.addEventListener(
      "scroll",
      () => {
        if (this.scroller.scrollTop === this.put) return;
        this.atEnd = this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight < NEAR_END_PX;
        if (this.atEnd) this.seen();
      },
      { passive: true },
    );
    new ResizeObserver(() => this.atEnd && this.toEnd()).observe(this.list);
    new ResizeObserver(() => this.atEnd && this.toEnd()).observe(this.scroller);
  }

  toEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.put = this.scroller.scrollTop;
    this.atEnd = true;
    this.seen();
  }

  seen() {
    this.unseen = 0;
    this.pill.hidden = true;
  }

  /** What is on the screen is read. */
  read(channel) {
    const mark = `${this.channel}/${channel.messages.at(-1)?.ts}`;
    if (!channel.unread || this.marked === mark || document.hidden) return;
    this.marked = mark;
    ask("open", { channel: channel.id });
  }

  update(channel) {
    const moved = this.channel !== `${channel.id}/${world.me.id}`;
    if (moved) {
      this.channel = `${channel.id}/${world.me.id}`;
      this.list.replaceChildren();
      this.atEnd = true;
    }
    const items = itemsOf(channel);
    const start = { key: "start", sig: channel.id + channel.name, build: () => emptyNote(channel) };
    const { changed, added } = reconcile(this.list, [start, ...items]);
    const byKey = new Map(items.map((item) => [item.key, item.message]));
    const fresh = added.map((key) => byKey.get(key)).filter(Boolean);
    const edited = changed.filter((key) => byKey.get(key)?.edited && this.said.get(key) !== wordsOf(byKey.get(key)));
    this.said = new Map(items.filter((item) => item.message).map((item) => [item.key, wordsOf(item.message)]));
    this.read(channel);
    if (moved) return this.toEnd();
    flash(this.list, edited);
    for (const message of fresh) announce(`${message.user.name}: ${firstWords(message)}`);
    for (const key of edited) announce(`Changed: ${firstWords(byKey.get(key))}`);
    if (fresh.length && fresh.at(-1).user.id === world.me.id) this.toEnd();
    else if (this.atEnd) this.toEnd();
    else if (fresh.length) {
      this.unseen += fresh.length;
      this.pill.textContent = `${this.unseen} new ${this.unseen === 1 ? "message" : "messages"} ↓`;
      this.pill.hidden = false;
    }
  }
}
