// The left side: who you are, channels, the app, and the networks with their weather.

import { announce, avatar, h, icon, refill } from "./dom.js";
import { openMenu } from "./popup.js";
import { appChannel, ask, connect, openChannel, ui, world } from "./store.js";

const ROLE = { admin: "administrator", member: "member", guest: "guest", outsider: "from another team" };
const zoneWords = (tz) => (tz ?? "").split("/").pop().replaceAll("_", " ");

/** The channel list in the order of the sidebar, to walk with the keyboard. */
export function walkable() {
  const app = appChannel();
  return [
    ...world.channels.filter((one) => one !== app && !one.archived),
    ...(app && world.app.installed ? [app] : []),
  ].map((one) => one.id);
}

function switcher() {
  const me = world.me;
  const items = world.people.map((one) => ({
    label: one.real_name ?? one.name,
    description: `${ROLE[one.role] ?? one.role} · ${zoneWords(one.tz)}`,
    current: one.id === me.id,
    before: avatar(one, "small"),
    pick: () => one.id !== me.id && connect(one.id),
  }));
  const node = h(
    "button",
    {
      type: "button",
      class: "switcher",
      "data-fid": "me",
      "aria-haspopup": "menu",
      "aria-expanded": "false",
      onclick: () => openMenu(node, "Be somebody else", ["You are", ...items]),
    },
    avatar(me, "small"),
    h(
      "span",
      { class: "menu-words" },
      h("span", {}, h("span", { class: "for-ears" }, "You are "), me.real_name ?? me.name),
      h("small", {}, `${ROLE[me.role] ?? me.role} · ${zoneWords(me.tz)}`),
    ),
    icon("down", 16),
  );
  return node;
}

function row(channel, inside, words) {
  const here = ui.channel === channel.id && ui.tab !== "home";
  return h(
    "li",
    {},
    h(
      "button",
      {
        type: "button",
        class: `side-row ${here ? "here" : ""} ${channel.unread ? "unread" : ""}`,
        "data-fid": `go-${channel.id}`,
        "aria-current": here ? "page" : undefined,
        onclick: () => openChannel(channel.id),
      },
      inside,
      h("span", { class: "side-name" }, words),
      channel.unread > 0 && h("span", { class: "count", "aria-label": `${channel.unread} unread` }, channel.unread),
    ),
  );
}

function apps() {
  const talk = appChannel();
  if (!world.app.installed)
    return !world.app.install_url
      ? h("p", { class: "side-note" }, `${world.app.name} is not installed.`)
      : h(
          "a",
          { class: "side-row add", href: world.app.install_url, target: "_blank", rel: "noopener" },
          icon("plus", 16),
          `Add ${world.app.name}`,
        );
  const home = ui.tab === "home" && ui.channel === talk?.id;
  return [
    h(
      "div",
      { class: "side-app" },
      avatar({ is_app: true }, "small"),
      h("span", { class: "side-name" }, world.app.name),
      h("span", {
        class: `dot ${world.app.connected ? "on" : ""}`,
        title: world.app.connected ? "connected" : "not connected",
      }),
      h("span", { class: "for-ears" }, world.app.connected ? "connected" : "not connected"),
    ),
    talk &&
      h(
        "ul",
        { class: "side-list nested" },
        h(
          "li",
          {},
          h(
            "button",
            {
              type: "button",
              class: `side-row ${home ? "here" : ""}`,
              "data-fid": "go-home",
              "aria-current": home ? "page" : undefined,
              onclick: () => openChannel(talk.id, "home"),
            },
            icon("home", 16),
            h("span", { class: "side-name" }, "Home"),
          ),
        ),
        row(talk, icon("chat", 16), "Chat"),
      ),
  ];
}

/** Letters of a value that are shown; all of them are copied. */
const LONG = 32;

/** What to type where an app asks for this account: a press copies it. */
function typed(one) {
  if (!one.login.length) return [];
  const copy = async (label, value) => {
    await navigator.clipboard?.writeText(value);
    announce(`${label} copied`);
  };
  return [
    "To connect it: press to copy",
    ...one.login.map(({ label, value }) => ({
      label,
      description: value.length > LONG ? `${value.slice(0, LONG)}…` : value,
      pick: () => copy(label, value),
    })),
  ];
}

function network(one) {
  const label = one.conditions.find((each) => each.id === one.condition)?.label ?? one.condition;
  const fine = one.condition === "ok";
  const node = h(
    "button",
    {
      type: "button",
      class: `chip-button ${fine ? "" : "odd"}`,
      "data-fid": `net-${one.name}`,
      "aria-haspopup": "menu",
      "aria-expanded": "false",
      "aria-label": `${one.title}: ${label}. Change`,
      onclick: () =>
        openMenu(node, `How ${one.title} behaves`, [
          `How ${one.title} behaves`,
          ...one.conditions.map((each) => ({
            label: each.label,
            current: each.id === one.condition,
            pick: () => ask("network", { name: one.name, condition: each.id }),
          })),
          ...typed(one),
        ]),
    },
    h("span", {}, label),
    icon("down", 14),
  );
  return h(
    "li",
    { class: "net" },
    h(
      "a",
      {
        class: "net-open",
        href: one.open_url,
        target: "_blank",
        rel: "noopener",
        title: `Open the page of ${one.title}`,
        "data-fid": `net-open-${one.name}`,
        "aria-label": `Open the page of ${one.title}`,
      },
      h("span", { class: "side-name" }, one.title),
      icon("out", 12),
    ),
    node,
  );
}

/** Shown without unfolding while no account is anywhere. */
const FIRST = 2;

let unfolded = false;

/** Those that something is connected to, then the others behind one button. */
function networks(redraw) {
  const all = world.networks ?? [];
  const first = all.filter((one, at) => one.in_use || at < FIRST);
  const rest = all.filter((one) => !first.includes(one));
  const odd = rest.filter((one) => one.condition !== "ok").length;
  return [
    h("ul", { class: "side-list nets" }, first.map(network)),
    rest.length > 0 &&
      h(
        "button",
        {
          type: "button",
          class: "side-row fold",
          "data-fid": "more-networks",
          "aria-expanded": String(unfolded),
          "aria-controls": "more-networks",
          onclick: () => {
            unfolded = !unfolded;
            redraw();
          },
        },
        icon("down", 16),
        h("span", { class: "side-name" }, "More networks"),
        odd > 0 && !unfolded && h("span", { class: "dot", title: `${odd} not ok` }),
        h("span", { class: "soft-count", "aria-label": `${rest.length} networks` }, rest.length),
      ),
    rest.length > 0 &&
      h("ul", { class: "side-list nets", id: "more-networks", hidden: !unfolded }, rest.map(network)),
  ];
}

let drawn = "";

/** Bring the sidebar to the snapshot. */
export function drawSidebar(root) {
  const slim = world.channels.map(({ messages, ...rest }) => rest);
  const sig = JSON.stringify([world.team, world.me, world.people, world.app, slim, world.networks, ui.channel, ui.tab, unfolded]);
  if (sig === drawn) return;
  drawn = sig;
  const scrolled = root.querySelector(".side-scroll")?.scrollTop ?? 0;
  const talk = appChannel();
  const rooms = world.channels.filter((one) => one.kind === "channel" && !one.archived);
  const talks = world.channels.filter((one) => one.kind === "im" && one !== talk);
  refill(
    root,
    h(
      "div",
      { class: "side-head" },
      h("span", { class: "team" }, world.team.name),
      h("span", { class: "badge demo" }, "demo"),
    ),
    switcher(),
    h(
      "div",
      { class: "side-scroll" },
      h("h2", {}, "Channels"),
      h(
        "ul",
        { class: "side-list" },
        rooms.map((one) => row(one, icon("hash", 16), one.name)),
      ),
      talks.length > 0 && [
        h("h2", {}, "Direct messages"),
        h(
          "ul",
          { class: "side-list" },
          talks.map((one) =>
            row(one, icon("chat", 16), world.people.find((each) => each.id === one.with)?.name ?? one.name),
          ),
        ),
      ],
      h("h2", {}, "Apps"),
      apps(),
      world.networks?.length > 0 && [h("h2", {}, "Networks"), networks(() => drawSidebar(root))],
    ),
  );
  root.querySelector(".side-scroll").scrollTop = scrolled;
}
