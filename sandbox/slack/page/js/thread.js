// A message with its replies, beside the channel.

import { Composer } from "./composer.js";
import { h, iconButton, reconcile } from "./dom.js";
import { messageNode } from "./messages.js";
import { seconds } from "./dates.js";
import { show, ui, world } from "./store.js";

let drawn = null;

function find() {
  const channel = world.channels.find((one) => one.id === ui.thread?.channel);
  return { channel, parent: channel?.messages.find((one) => one.ts === ui.thread.ts) };
}

/** The thread panel; `root` is kept between drawings. */
export function drawThread(root) {
  const { channel, parent } = find();
  const key = JSON.stringify([ui.thread, ui.as]);
  if (drawn?.key !== key) {
    const list = h("div", {
      class: "messages thread-list",
      role: "log",
      "aria-live": "polite",
      "aria-label": "Replies",
    });
    const composer = new Composer({ id: "thread-text", thread: ui.thread });
    root.replaceChildren(
      h(
        "div",
        { class: "panel-head" },
        h("h2", {}, "Thread"),
        h("span", { class: "meta grow" }, channel?.kind === "channel" ? `#${channel.name}` : (world.app.name ?? "")),
        iconButton("close", "Close the thread", () => show({ panel: null, thread: null })),
      ),
      h("div", { class: "scroller" }, list),
      composer.node,
    );
    drawn = { key, list, composer };
  }
  if (!parent) {
    drawn.list.replaceChildren(h("p", { class: "empty" }, "This message was deleted."));
    return;
  }
  const replies = parent.replies ?? [];
  const item = (message, follows) => ({
    key: message.ts,
    sig: JSON.stringify([{ ...message, replies: null }, follows, world.me.tz]),
    build: () => messageNode(message, { inThread: true, follows }),
  });
  const line = {
    key: "line",
    sig: String(replies.length),
    build: () =>
      h(
        "div",
        { class: "day" },
        h(
          "span",
          {},
          replies.length ? `${replies.length} ${replies.length === 1 ? "reply" : "replies"}` : "No replies.",
        ),
      ),
  };
  const follows = (one, index) =>
    index > 0 && replies[index - 1].user.id === one.user.id && seconds(one.ts) - seconds(replies[index - 1].ts) < 300;
  const { added } = reconcile(drawn.list, [
    item(parent, false),
    line,
    ...replies.map((one, index) => item(one, follows(one, index))),
  ]);
  if (added.length) drawn.list.parentNode.scrollTop = drawn.list.parentNode.scrollHeight;
  drawn.composer.update(channel);
}
