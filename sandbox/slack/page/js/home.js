// The app's Home and the About tabs.

import { blockItems } from "./blocks.js";
import { avatar, h, icon, reconcile, refill, refillFor } from "./dom.js";
import { refusalNode } from "./messages.js";
import { openMenu } from "./popup.js";
import { ask, person, world } from "./store.js";
import { collect } from "./values.js";

const ROLE = { admin: "administrator", member: "member", guest: "guest", outsider: "from another team" };

function placeOf(home) {
  return {
    surface: "home",
    scope: home.id,
    address: { view_id: home.id },
    errors: {},
    here: null,
    idOf: (block_id, action_id) => `h-${block_id}-${action_id}`.replace(/[^\w-]/g, "_"),
    act: (block, element, state) =>
      ask("action", {
        view_id: home.id,
        block_id: block.block_id,
        action_id: element.action_id,
        state,
        values: collect(home.id, world.home.view.blocks),
      }),
  };
}

/** The Home tab, as the app last published it for this reader. */
export function drawHome(root) {
  if (!root.firstChild) root.append(h("div", { class: "home-note" }), h("div", { class: "home" }));
  const [note, body] = root.children;
  const refused = (world.refusals ?? []).filter((one) => !one.channel);
  const view = world.home?.view;
  refillFor(
    note,
    JSON.stringify([refused, Boolean(view), world.app.name]),
    refused.map(refusalNode),
    !view &&
      h(
        "div",
        { class: "empty-channel" },
        avatar({ is_app: true }, "large"),
        h("p", {}, `${world.app.name} builds this page now…`),
      ),
  );
  reconcile(body, view ? blockItems(view.blocks, placeOf(world.home)) : []);
}

const fact = (name, ...words) => h("div", { class: "fact" }, h("dt", {}, name), h("dd", {}, words));

function aboutApp() {
  const { app } = world;
  const list = (items) => h("ul", { class: "plain" }, items);
  return [
    h(
      "dl",
      {},
      fact(
        "State",
        app.installed ? "in this workspace" : "not installed",
        app.installed && (app.connected ? ", connected" : ", not connected"),
      ),
      fact("Delivery", app.mode === "socket" ? "Socket Mode" : "signed HTTP requests"),
      fact(
        "Commands",
        list(
          (app.commands ?? []).map((one) =>
            h("li", {}, h("code", {}, `${one.command} ${one.usage_hint ?? ""}`.trim()), " ", one.description),
          ),
        ),
      ),
      fact(
        "Shortcuts",
        list(
          (app.shortcuts ?? []).map((one) =>
            h("li", {}, h("b", {}, one.name), one.type === "message" ? " on a message" : " from anywhere"),
          ),
        ),
      ),
    ),
    app.installed &&
      app.install_url &&
      h("p", {}, h("a", { href: app.install_url, target: "_blank", rel: "noopener" }, "Install again")),
  ];
}

const SKY = [
  ["ok", "Slack works"],
  ["slow", "Slack is slow"],
  ["down", "Slack is down"],
  ["rate_limited", "Slack limits the rate"],
  ["lose_answers", "Slack acts, then loses its answer"],
];

function trouble(channel) {
  const act = (label, what, danger) =>
    h(
      "button",
      {
        type: "button",
        class: `button ${danger ? "danger" : ""}`,
        onclick: () => ask("admin", { do: what, channel: channel?.id }),
      },
      label,
    );
  const sky = h(
    "button",
    {
      type: "button",
      class: "button",
      "aria-haspopup": "menu",
      onclick: () =>
        openMenu(
          sky,
          "Slack itself",
          SKY.map(([id, label]) => ({ label, pick: () => ask("weather", { condition: id }) })),
        ),
    },
    "How Slack behaves",
    icon("down", 14),
  );
  const room =
    channel.kind === "channel" &&
    (channel.archived ? act("Unarchive", "unarchive") : act("Archive the channel", "archive"));
  const member =
    channel.kind === "channel" &&
    (channel.app_is_member === false
      ? act(`Invite ${world.app.name}`, "invite")
      : act(`Remove ${world.app.name} from it`, "kick"));
  const whole = channel.kind === "im" && [
    act("Withdraw its tokens", "revoke_tokens", true),
    act("Uninstall", "uninstall", true),
  ];
  return h(
    "section",
    { class: "trouble" },
    h("h3", {}, "Make trouble"),
    h("p", { class: "meta" }, "What an administrator, or a bad day, can do to an app."),
    h("div", { class: "actions" }, room, member, whole, sky),
  );
}

/** What there is to know about a conversation. */
export function drawAbout(root, channel) {
  const sig = JSON.stringify([
    channel.id,
    channel.archived,
    channel.app_is_member,
    channel.members,
    channel.topic,
    world.app,
    world.me.id,
  ]);
  if (root.__sig === sig) return;
  root.__sig = sig;
  const ofApp = channel.kind === "im" && channel.with === world.app.bot_user_id;
  const inside = ofApp
    ? aboutApp()
    : h(
        "dl",
        {},
        fact("Topic", channel.topic || "none"),
        fact("People", String(channel.members ?? "n/a")),
        channel.with && fact("With", person(channel.with)?.name ?? channel.with),
        fact("State", channel.archived ? "archived" : "open"),
        channel.kind === "channel" &&
          fact(world.app.name, channel.app_is_member === false ? "is not in this channel" : "is in this channel"),
      );
  const people =
    !ofApp &&
    h(
      "section",
      {},
      h("h3", {}, "People of this workspace"),
      h(
        "ul",
        { class: "people" },
        world.people.map((one) =>
          h(
            "li",
            {},
            avatar(one, "small"),
            h(
              "span",
              { class: "menu-words" },
              h("span", {}, one.real_name ?? one.name),
              h("small", {}, `${ROLE[one.role] ?? one.role} · ${one.tz}`),
            ),
          ),
        ),
      ),
    );
  refill(root, h("div", { class: "about" }, inside, people, trouble(channel)));
}
