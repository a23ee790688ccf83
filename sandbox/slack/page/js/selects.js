// Every select of Block Kit: a button that shows what is chosen and opens a list to search and choose from.

import { avatar, debounce, h, icon, refill } from "./dom.js";
import { plain } from "./mrkdwn.js";
import { closePopup, openPopup, settle } from "./popup.js";
import { ask, channelOf, person, world } from "./store.js";

const SEARCH_FROM = 8;
const OPTIONS_WAIT_MS = 200;

const row = (option) => ({
  value: option.value,
  label: plain(option.text),
  description: option.description && plain(option.description),
  raw: option,
});

function groupsOf(source) {
  if (source.option_groups)
    return source.option_groups.map((group) => ({
      label: plain(group.label),
      options: (group.options ?? []).map(row),
    }));
  return [{ label: null, options: (source.options ?? []).map(row) }];
}

const personRow = (one) => ({
  value: one.id,
  label: one.real_name ?? one.name,
  description: one.role === "outsider" ? "of another team" : undefined,
  before: () => avatar(one, "small"),
  raw: one.id,
});
const channelRow = (one) => ({ value: one.id, label: `#${one.name}`, raw: one.id });

function conversations(filter = {}) {
  const kinds = filter.include ?? ["public", "private", "im", "mpim"];
  const open = world.channels.filter((one) => !one.archived);
  const rooms =
    kinds.includes("public") || kinds.includes("private")
      ? open.filter((one) => one.kind === "channel").map(channelRow)
      : [];
  const talks = kinds.includes("im")
    ? open
        .filter((one) => one.kind === "im")
        .map((one) => ({
          value: one.id,
          label: person(one.with)?.name ?? one.name,
          raw: one.id,
          bot: one.with === world.app.bot_user_id,
        }))
        .filter((one) => !(filter.exclude_bot_users && one.bot))
    : [];
  return [...rooms, ...talks];
}

function sourceOf(element, block, place) {
  const kind = element.type.replace(/^multi_/, "").replace(/_select$/, "");
  if (kind === "static") return () => groupsOf(element);
  if (kind === "users") return () => [{ options: world.people.map(personRow) }];
  if (kind === "channels")
    return () => [{ options: world.channels.filter((one) => one.kind === "channel" && !one.archived).map(channelRow) }];
  if (kind === "conversations") return () => [{ options: conversations(element.filter) }];
  return async (query) => {
    const answer = await ask("options", {
      ...place.address,
      block_id: block.block_id,
      action_id: element.action_id,
      value: query,
    });
    if (!answer.ok) throw new Error(answer.error ?? "no answer");
    return groupsOf(answer);
  };
}

/** The words for a chosen value: an option, or the id of a person or conversation. */
function nameOf(element, chosen) {
  if (chosen?.text) return plain(chosen.text);
  if (/users_select$/.test(element.type)) return person(chosen)?.real_name ?? person(chosen)?.name ?? chosen;
  const channel = channelOf(chosen);
  return channel
    ? channel.kind === "im"
      ? (person(channel.with)?.name ?? channel.name)
      : `#${channel.name}`
    : String(chosen);
}

const idOf = (chosen) => chosen?.value ?? chosen;

function listbox({ anchor, label, load, external, minimum, multi, limit, value, change }) {
  const searchable = external || groupCount(load) > SEARCH_FROM;
  const list = h("div", {
    role: "listbox",
    id: "listbox",
    class: "listbox",
    "aria-label": label,
    "aria-multiselectable": multi ? "true" : undefined,
    tabindex: searchable ? undefined : "0",
  });
  const field = !searchable
    ? null
    : h("input", {
        type: "text",
        class: "search",
        role: "combobox",
        "aria-expanded": "true",
        "aria-controls": "listbox",
        "aria-label": `Search: ${label}`,
        placeholder: "Search",
        autocomplete: "off",
        spellcheck: "false",
      });
  const node = h("div", { class: "select-popup" }, field, list);
  let rows = [];
  let at = -1;
  let turn = 0;
  const holder = field || list;
  const chosen = () => (multi ? value() : [value()].filter((one) => one !== null)).map(idOf);
  const point = (to) => {
    rows[at]?.node.classList.remove("active");
    at = rows.length ? (to + rows.length) % rows.length : -1;
    const now = rows[at]?.node;
    now?.classList.add("active");
    now?.scrollIntoView({ block: "nearest" });
    if (now) holder.setAttribute("aria-activedescendant", now.id);
    else holder.removeAttribute("aria-activedescendant");
  };
  const pick = (index) => {
    const { option } = rows[index] ?? {};
    if (!option) return;
    if (!multi) {
      closePopup();
      return change(option.raw);
    }
    const now = value();
    const without = now.filter((one) => idOf(one) !== option.value);
    if (without.length === now.length && limit && now.length >= limit) return;
    change(without.length === now.length ? [...now, option.raw] : without);
    draw(lastGroups, at);
  };
  let lastGroups = [];
  const draw = (groups, stay = null) => {
    lastGroups = groups;
    const words = external ? "" : (field?.value ?? "").trim().toLowerCase();
    const has = new Set(chosen());
    rows = [];
    const nodes = groups.flatMap((group) => {
      const fits = group.options.filter((one) => `${one.label} ${one.description ?? ""}`.toLowerCase().includes(words));
      const drawn = fits.map((option) => {
        const index = rows.length;
        const on = has.has(option.value);
        const line = h(
          "div",
          {
            role: "option",
            id: `option-${index}`,
            "aria-selected": on ? "true" : "false",
            class: "option",
            onclick: () => pick(index),
            onpointermove: () => at !== index && point(index),
          },
          option.before?.(),
          h(
            "span",
            { class: "menu-words" },
            h("span", {}, option.label),
            option.description && h("small", {}, option.description),
          ),
          on && h("span", { class: "tick" }, "✓"),
        );
        rows.push({ node: line, option });
        return line;
      });
      if (!drawn.length) return [];
      return group.label
        ? [
            h(
              "div",
              { role: "group", "aria-label": group.label },
              h("div", { class: "menu-title" }, group.label),
              drawn,
            ),
          ]
        : drawn;
    });
    refill(list, nodes.length ? nodes : h("p", { class: "empty" }, "Nothing found."));
    const first = rows.findIndex((one) => has.has(one.option.value));
    point(stay ?? Math.max(0, first));
    settle(node);
  };
  const search = async () => {
    const query = field?.value ?? "";
    turn += 1;
    const mine = turn;
    if (external && query.length < minimum)
      return refill(
        list,
        h("p", { class: "empty" }, `Type at least ${minimum} ${minimum === 1 ? "letter" : "letters"}.`),
      );
    const loading = load(query);
    if (external) refill(list, h("p", { class: "empty" }, "Looking…"));
    try {
      const groups = await loading;
      if (mine === turn && node.isConnected) draw(groups);
    } catch (error) {
      if (mine === turn) refill(list, h("p", { class: "empty" }, `The app gave no options: ${error.message}.`));
    }
  };
  holder.addEventListener("keydown", (event) => {
    const to = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: Math.min(at + 8, rows.length - 1),
      PageUp: Math.max(at - 8, 0),
    }[event.key];
    if (to !== undefined) point(to);
    else if (event.key === "Enter" || (!field && event.key === " ")) pick(at);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  field?.addEventListener("input", external ? debounce(search, OPTIONS_WAIT_MS) : search);
  if (!openPopup(anchor, node)) return;
  holder.focus();
  search();
}

function groupCount(load) {
  const groups = load("");
  return groups instanceof Promise ? Infinity : groups.reduce((sum, group) => sum + group.options.length, 0);
}

/** The node of a select. `control` reads and sets its value. */
export function select(element, block, place, control) {
  const multi = element.type.startsWith("multi_");
  const external = element.type.endsWith("external_select");
  const placeholder = plain(element.placeholder) || (multi ? "Choose some" : "Choose one");
  const button = h("button", {
    type: "button",
    class: "select",
    id: control.id,
    "data-fid": control.fid,
    "aria-haspopup": "listbox",
    "aria-expanded": "false",
    ...control.aria,
  });
  const load = sourceOf(element, block, place);
  const node = h("div", { class: `select-box ${multi ? "multi" : ""}` });
  const draw = () => {
    const value = control.value();
    const words = multi ? "" : value && nameOf(element, value);
    refill(
      button,
      h(
        "span",
        { class: words ? "chosen" : "placeholder" },
        words || (multi && value.length ? "Add or remove" : placeholder),
      ),
      icon("down", 16),
    );
    const chips =
      multi &&
      value.map((one) =>
        h(
          "span",
          { class: "chip" },
          nameOf(element, one),
          h(
            "button",
            {
              type: "button",
              "aria-label": `Remove ${nameOf(element, one)}`,
              onclick: () => {
                control.set(value.filter((other) => other !== one));
                draw();
                button.focus();
              },
            },
            "✕",
          ),
        ),
      );
    refill(node, multi && chips.length ? h("div", { class: "chips" }, chips) : null, button);
  };
  button.addEventListener("click", () =>
    listbox({
      anchor: button,
      label: control.label,
      load: external ? load : () => load(""),
      external,
      minimum: element.min_query_length ?? 3,
      multi,
      limit: element.max_selected_items,
      value: control.value,
      change: (value) => {
        const shown = () => (document.querySelector(`[data-fid="${CSS.escape(control.fid)}"]`)?.redraw ?? draw)();
        control.set(value).then(shown);
        shown();
      },
    }),
  );
  button.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    button.click();
  });
  button.redraw = draw;
  draw();
  return node;
}
