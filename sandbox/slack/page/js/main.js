// Puts the page together and draws it again for each snapshot.

import { Composer } from "./composer.js";
import { avatar, h, icon, iconButton, refill } from "./dom.js";
import { drawAbout, drawHome } from "./home.js";
import { listenForKeys, showKeys } from "./keys.js";
import { MessageList } from "./messages.js";
import { drawModals } from "./modal.js";
import {
  appChannel,
  connect,
  currentChannel,
  onChange,
  openChannel,
  read,
  remember,
  show,
  ui,
  world,
} from "./store.js";
import { drawSidebar } from "./sidebar.js";
import { drawThread } from "./thread.js";
import { drawTour, tourIcon } from "./tour.js";
import { drawWire } from "./wire.js";

const $ = (id) => document.getElementById(id);
const saved = (name) => {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
};
const save = (name, value) => {
  try {
    localStorage.setItem(name, value);
  } catch {
    /* a private window remembers nothing */
  }
};

const composer = new Composer({ id: "composer-text" });
const messages = new MessageList();
const head = h("div", { class: "channel-head" });
const strip = h("div", { class: "strips", role: "status" });
const home = h("div", { class: "page-scroll" });
const about = h("div", { class: "page-scroll" });
const tour = h("section", { class: "tour", "aria-label": "Try this next" });
const thread = h("section", { class: "thread", "aria-label": "Thread" });
const wire = h("section", { class: "wire", "aria-label": "Wire" });

function topBar() {
  const hidden = saved("sandbox-bar") === "hidden";
  const bar = h(
    "div",
    { class: "demo-bar", hidden },
    h("span", {}, "A stand-in workspace on your machine. No account, nothing leaves this computer."),
    h(
      "button",
      {
        type: "button",
        class: "link-button",
        onclick: () => {
          save("sandbox-bar", "hidden");
          bar.hidden = true;
        },
      },
      "Hide",
    ),
  );
  return bar;
}

function nextTheme() {
  const order = ["", "light", "dark"];
  const now = document.documentElement.dataset.theme ?? "";
  setTheme(order[(order.indexOf(now) + 1) % order.length]);
}

function setTheme(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  save("sandbox-theme", theme ?? "");
  const button = document.querySelector("[data-fid=theme]");
  const words = `Colours: ${theme || "as the system"}`;
  button?.setAttribute("title", words);
  button?.setAttribute("aria-label", words);
}

function notInstalled() {
  return h(
    "div",
    { class: "not-installed" },
    avatar({ is_app: true }, "large"),
    h("h2", {}, `${world.app.name} is not in this workspace yet`),
    h("p", {}, "Add it as the administrator of Paperboat would. It asks for what it needs, and nothing else."),
    world.app.install_url &&
      h(
        "a",
        { class: "button primary", href: world.app.install_url, target: "_blank", rel: "noopener" },
        `Add ${world.app.name}`,
      ),
  );
}

let headed = "";

function drawHead(channel) {
  const ofApp = channel.id === appChannel()?.id;
  const tabs = [...(ofApp ? [["home", "Home"]] : []), ["messages", "Messages"], ["about", "About"]];
  const sig = JSON.stringify([
    channel.id,
    channel.name,
    channel.topic,
    channel.members,
    channel.archived,
    ui.tab,
    ui.panel,
    ui.tour,
    world.app.name,
    document.documentElement.dataset.theme,
  ]);
  if (sig === headed) return;
  headed = sig;
  const name =
    channel.kind === "channel"
      ? [icon("hash", 20), h("span", { class: "side-name" }, channel.name)]
      : ofApp
        ? [avatar({ is_app: true }, "small"), world.app.name, h("span", { class: "badge" }, "APP")]
        : [channel.name];
  const people =
    channel.kind === "channel" &&
    channel.members !== undefined &&
    `${channel.members} ${channel.members === 1 ? "person" : "people"}`;
  const pressed = (on) => ({ "aria-pressed": String(on) });
  refill(
    head,
    h(
      "div",
      { class: "head-line" },
      iconButton("menu", "Open the sidebar", () => show({ drawer: !ui.drawer }), {
        class: "icon-button only-narrow",
        "data-fid": "drawer",
      }),
      h("h1", {}, name),
      h("span", { class: "topic meta" }, [channel.topic, people].filter(Boolean).join(" · ")),
      h(
        "span",
        { class: "head-tools" },
        h(
          "button",
          {
            type: "button",
            class: "tool",
            "data-fid": "tool-tour",
            ...pressed(ui.tour),
            onclick: () => show({ tour: !ui.tour }),
          },
          tourIcon(),
          h("span", {}, "Tour"),
        ),
        h(
          "button",
          {
            type: "button",
            class: "tool",
            "data-fid": "tool-wire",
            ...pressed(ui.panel === "wire"),
            onclick: () => show({ panel: ui.panel === "wire" ? null : "wire" }),
          },
          icon("wire"),
          h("span", {}, "Wire"),
        ),
        iconButton("half", "Colours", nextTheme, { "data-fid": "theme" }),
        h(
          "button",
          {
            type: "button",
            class: "icon-button",
            "aria-label": "Keyboard",
            title: "Keyboard",
            "data-fid": "keys",
            onclick: showKeys,
          },
          "?",
        ),
      ),
    ),
    h(
      "div",
      { class: "tabs", role: "tablist", "aria-label": "Views" },
      tabs.map(([id, words]) =>
        h(
          "button",
          {
            type: "button",
            role: "tab",
            "data-fid": `tab-${id}`,
            "aria-selected": String(ui.tab === id),
            class: ui.tab === id ? "here" : "",
            onclick: () => (id === "home" ? openChannel(channel.id, "home") : show({ tab: id })),
          },
          words,
        ),
      ),
    ),
  );
  setTheme(document.documentElement.dataset.theme);
}

let stripped = "";

function drawStrip(channel) {
  const lines = [
    !ui.online && "The workspace does not answer. Trying again…",
    ui.online &&
      world.app.installed &&
      !world.app.connected &&
      `${world.app.name} is not connected. Commands fail until it is back.`,
    channel.archived && "This channel is archived.",
  ].filter(Boolean);
  const sig = lines.join();
  if (sig === stripped) return;
  stripped = sig;
  refill(
    strip,
    lines.map((words) => h("div", { class: "strip" }, icon("warn", 16), words)),
  );
}

const only = (parent, nodes) => {
  if (parent.children.length !== nodes.length || nodes.some((node, index) => parent.children[index] !== node))
    parent.replaceChildren(...nodes);
};

function chooseChannel() {
  if (currentChannel()) return;
  const open = world.channels.filter((one) => one.kind === "channel" && !one.archived);
  const first = open.find((one) => one.name === "juniper-social") ?? open[0] ?? world.channels[0];
  if (first) openChannel(first.id);
}

function draw() {
  if (!world) return;
  chooseChannel();
  const channel = currentChannel();
  document.title = `${world.channels.some((one) => one.unread) ? "• " : ""}${world.team.name}`;
  drawSidebar($("side"));
  if (channel) {
    drawHead(channel);
    drawStrip(channel);
    const ofApp = channel.id === appChannel()?.id;
    const tab = ui.tab === "home" && !ofApp ? "messages" : ui.tab;
    const shown =
      tab === "home"
        ? [head, strip, home]
        : tab === "about"
          ? [head, strip, about]
          : [head, strip, messages.node, composer.node];
    if (!world.app.installed && tab === "messages" && !channel.messages.length) {
      messages.update(channel);
      messages.list.replaceChildren(notInstalled());
      messages.channel = null;
    } else if (tab === "messages") messages.update(channel);
    only($("main"), shown);
    if (tab === "messages") composer.update(channel);
    if (tab === "home") drawHome(home);
    if (tab === "about") drawAbout(about, channel);
  }
  const beside = [
    ...(ui.tour ? [tour] : []),
    ...(ui.panel === "thread" ? [thread] : ui.panel === "wire" ? [wire] : []),
  ];
  drawTour(tour, fill);
  if (ui.panel === "thread") drawThread(thread);
  if (ui.panel === "wire") drawWire(wire);
  only($("panel"), beside);
  $("panel").hidden = beside.length === 0;
  $("app").classList.toggle("with-panel", beside.length > 0);
  $("app").classList.toggle("with-drawer", ui.drawer);
  $("app").classList.toggle("with-call", ui.panel !== null);
  drawModals($("modals"));
}

function fill(line) {
  const channel = currentChannel();
  if (!channel || channel.kind === "im") chooseRoom();
  show({ tab: "messages", tour: ui.tour && innerWidth >= 900 });
  requestAnimationFrame(() => requestAnimationFrame(() => composer.fill(line)));
}

function chooseRoom() {
  const room =
    world.channels.find((one) => one.name === "juniper-social") ?? world.channels.find((one) => one.kind === "channel");
  if (room) openChannel(room.id);
}

async function start() {
  setTheme(saved("sandbox-theme") ?? "");
  $("top").append(topBar());
  ui.tour = innerWidth >= 900;
  onChange(draw);
  listenForKeys(fill);
  document.addEventListener("click", (event) => {
    const followed = event.target.closest?.("a[href]");
    if (followed) remember(`opened:${followed.href}`);
  });
  $("app").addEventListener("click", (event) => {
    if (ui.drawer && !event.target.closest("#side") && !event.target.closest("[data-fid=drawer]"))
      show({ drawer: false });
  });
  let people = null;
  while (!people?.length) {
    people = await read("people");
    if (!people?.length) await new Promise((resolve) => setTimeout(resolve, 500));
  }
  const wish = new URLSearchParams(location.search).get("as");
  if (new URLSearchParams(location.search).get("tab") === "home") onceThere(() => openChannel(appChannel().id, "home"));
  connect((people.find((one) => one.id === wish || one.name?.toLowerCase() === wish?.toLowerCase()) ?? people[0]).id);
}

/** Do this when the workspace has been seen and the app's conversation is there. */
function onceThere(act) {
  let done = false;
  onChange(() => {
    if (done || !appChannel()) return;
    done = true;
    act();
  });
}

start();
