// Keys for the whole page, and the way to go anywhere by name.

import { h } from "./dom.js";
import { openDialog } from "./popup.js";
import { appChannel, openChannel, show, ui, world } from "./store.js";
import { walkable } from "./sidebar.js";

const KEYS = [
  ["/", "Write a command"],
  ["Enter", "Send"],
  ["Shift + Enter", "New line"],
  ["Up", "Last line, in an empty box"],
  ["Tab", "Complete a command"],
  ["Ctrl or ⌘ + Enter", "Submit the modal"],
  ["Esc", "Close modal, then panel"],
  ["Alt + Up, Alt + Down", "Channel before, after"],
  ["Ctrl or ⌘ + K", "Go to…"],
  ["?", "This list"],
];

/** The list of keys. */
export function showKeys() {
  openDialog(
    "Keyboard",
    h(
      "dl",
      { class: "keys-list" },
      KEYS.map(([key, words]) =>
        h(
          "div",
          {},
          h(
            "dt",
            {},
            key.split(/( \+ | or |, )/).map((part) => (/^( \+ | or |, )$/.test(part) ? part : h("kbd", {}, part))),
          ),
          h("dd", {}, words),
        ),
      ),
    ),
  );
}

/** Go to a channel, Home or the app by typing part of its name. */
function showGoTo() {
  const app = appChannel();
  const places = [
    ...world.channels
      .filter((one) => one !== app && !one.archived)
      .map((one) => ({ name: one.kind === "im" ? one.name : `#${one.name}`, go: () => openChannel(one.id) })),
    ...(app
      ? [
          { name: `${world.app.name}: Home`, go: () => openChannel(app.id, "home") },
          { name: `${world.app.name}: Chat`, go: () => openChannel(app.id) },
        ]
      : []),
    { name: "Wire", go: () => show({ panel: "wire" }) },
    { name: "Tour", go: () => show({ tour: true }) },
  ];
  const list = h("div", { class: "listbox", role: "listbox", id: "go-list", "aria-label": "Places" });
  const field = h("input", {
    class: "text-input",
    type: "text",
    role: "combobox",
    "aria-label": "Go to",
    "aria-controls": "go-list",
    "aria-expanded": "true",
    placeholder: "Channel or app",
    autocomplete: "off",
  });
  const close = openDialog("Go to", h("div", {}, field, list), "narrow");
  let at = 0;
  const fits = () => places.filter((one) => one.name.toLowerCase().includes(field.value.trim().toLowerCase()));
  const go = (one) => {
    close();
    one?.go();
  };
  const draw = () => {
    list.replaceChildren(
      ...fits().map((one, index) =>
        h(
          "div",
          {
            role: "option",
            id: `go-${index}`,
            class: `option ${index === at ? "active" : ""}`,
            "aria-selected": String(index === at),
            onclick: () => go(one),
          },
          one.name,
        ),
      ),
    );
    field.setAttribute("aria-activedescendant", `go-${at}`);
  };
  field.addEventListener("input", () => {
    at = 0;
    draw();
  });
  field.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) at = (at + step + fits().length) % Math.max(1, fits().length);
    else if (event.key === "Enter") return go(fits()[at]);
    else return undefined;
    event.preventDefault();
    return draw();
  });
  draw();
}

function walk(step) {
  const all = walkable();
  const next = all[(all.indexOf(ui.channel) + step + all.length) % all.length];
  if (next) openChannel(next);
}

/** Listen for the keys of the page; `write` puts a line into the composer. */
export function listenForKeys(write) {
  document.addEventListener("keydown", (event) => {
    if (!world || event.defaultPrevented || event.isComposing) return;
    const busy = (world.views ?? []).length > 0 || document.querySelector("#float > *");
    const typing = event.target.closest?.("input,textarea,select,[contenteditable]");
    if (busy) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") showGoTo();
    else if (event.altKey && event.key === "ArrowDown") walk(1);
    else if (event.altKey && event.key === "ArrowUp") walk(-1);
    else if (event.key === "Escape" && ui.drawer) show({ drawer: false });
    else if (event.key === "Escape" && ui.panel) show({ panel: null, thread: null });
    else if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    else if (event.key === "/") write("/");
    else if (event.key === "?") showKeys();
    else return;
    event.preventDefault();
  });
}
