// Every element of Block Kit that can be pressed, typed into or chosen from.

import { dayOf, epochOf, timeOf } from "./dates.js";
import { debounce, h, icon, refill } from "./dom.js";
import { fileInput } from "./files.js";
import { link, plain, textNodes } from "./mrkdwn.js";
import { askConfirm, openMenu } from "./popup.js";
import { fromRichText, toRichText } from "./richtext.js";
import { select } from "./selects.js";
import { world } from "./store.js";
import { fieldOf, keep, valueOf } from "./values.js";

const TYPING_WAIT_MS = 250;
const typing = new Map();

/** Take back what a view was about to tell while somebody typed: the submission holds it all. */
export function hush(scope) {
  for (const [later, of] of typing) if (of === scope) later.cancel();
  typing.clear();
}

/** What a control needs to show and to change its value, whatever its kind. */
function controlOf(element, block, place) {
  const own = block.type === "input";
  const label = own ? plain(block.label) : plain(element.placeholder) || plain(block.text) || "Choose";
  const id = own ? place.id : place.idOf(block.block_id, element.action_id);
  const aria = own
    ? {
        "aria-describedby": place.described,
        "aria-invalid": place.invalid ? "true" : undefined,
        "aria-required": block.optional ? undefined : "true",
      }
    : { "aria-label": label };
  const tell = (state) => (!own || place.dispatches) && place.act(block, element, state);
  return {
    id,
    fid: `${place.scope}/${id}`,
    label,
    aria,
    labelledby: own ? `${id}-label` : undefined,
    autofocus: element.focus_on_load,
    value: () => valueOf(place.scope, block.block_id, element, place.here),
    /** Keep a value without telling the app. */
    keep(value) {
      place.touched?.(block);
      return keep(place.scope, block.block_id, element, value);
    },
    /** Keep a value and tell the app where it listens. Resolves to false when the person took it back. */
    async set(value) {
      place.touched?.(block);
      const before = valueOf(place.scope, block.block_id, element, place.here);
      const state = keep(place.scope, block.block_id, element, value);
      if (element.confirm && !(await askConfirm(element.confirm))) {
        keep(place.scope, block.block_id, element, before);
        return false;
      }
      tell(state);
      return true;
    },
    tell,
  };
}

function warning(sentence) {
  return h("span", { class: "press-failed", role: "alert" }, icon("warn", 14), sentence);
}

function button(element, block, place) {
  const style = element.style === "primary" ? "primary" : element.style === "danger" ? "danger" : "";
  const id = place.idOf(block.block_id, element.action_id);
  const props = {
    class: `button ${style}`,
    id,
    "data-fid": `${place.scope}/${id}${element.value ?? ""}`,
    "aria-label": element.accessibility_label,
  };
  const press = async (node) => {
    if (node.getAttribute("aria-busy") === "true") return;
    node.parentNode?.querySelectorAll(".press-failed").forEach((one) => one.remove());
    if (!element.url && element.confirm && !(await askConfirm(element.confirm))) return;
    node.setAttribute("aria-busy", "true");
    const answer = await place.act(block, element, { type: "button", value: element.value });
    node.removeAttribute("aria-busy");
    if (answer && !answer.ok)
      node.after(
        warning(answer.error === "timeout" ? "The app did not answer." : answer.error || "The app did not answer."),
      );
  };
  if (element.url) {
    const node = link(element.url, [...textNodes(element.text), icon("out", 14)]);
    for (const [name, value] of Object.entries(props)) if (value) node.setAttribute(name, value);
    node.addEventListener("click", () => press(node));
    return node;
  }
  const node = h("button", { type: "button", ...props, onclick: () => press(node) }, textNodes(element.text));
  return node;
}

function overflow(element, block, place) {
  const id = place.idOf(block.block_id, element.action_id);
  const choose = async (option) => {
    if (element.confirm && !(await askConfirm(element.confirm))) return;
    place.act(block, element, { type: "overflow", selected_option: option });
  };
  const items = (element.options ?? []).map((option) => ({
    label: plain(option.text),
    description: option.description && plain(option.description),
    href: /^https?:/.test(option.url ?? "") ? option.url : undefined,
    pick: () => choose(option),
  }));
  const node = h(
    "button",
    {
      type: "button",
      class: "button overflow",
      id,
      "data-fid": `${place.scope}/${id}`,
      "aria-haspopup": "menu",
      "aria-expanded": "false",
      "aria-label": element.accessibility_label ?? "More actions",
      title: "More actions",
      onclick: () => openMenu(node, "More actions", items),
    },
    icon("more"),
  );
  return node;
}

const TEXT_KINDS = { email_text_input: "email", url_text_input: "url", number_input: "text" };

function textInput(element, block, place) {
  const control = controlOf(element, block, place);
  const many = element.multiline || element.type === "rich_text_input";
  const rich = element.type === "rich_text_input";
  const listens = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  const shown = rich ? fromRichText(control.value()) : (control.value() ?? "");
  const node = h(many ? "textarea" : "input", {
    class: "text-input",
    id: control.id,
    "data-fid": control.fid,
    placeholder: plain(element.placeholder),
    value: shown,
    type: many ? undefined : (TEXT_KINDS[element.type] ?? "text"),
    inputmode: element.type === "number_input" ? "decimal" : undefined,
    rows: many ? 5 : undefined,
    autocomplete: "off",
    ...control.aria,
  });
  const room = element.max_length && element.max_length <= 3000 && h("span", { class: "room", "aria-live": "polite" });
  const measure = () => {
    if (room) {
      const left = element.max_length - [...node.value].length;
      room.textContent = left <= Math.max(20, element.max_length * 0.1) ? String(left) : "";
      room.classList.toggle("over", left < 0);
    }
    if (many) {
      node.style.height = "auto";
      if (node.scrollHeight) node.style.height = `${Math.min(node.scrollHeight + 2, 320)}px`;
    }
  };
  const now = () => (rich ? toRichText(node.value) : node.value === "" ? null : node.value);
  const later = debounce(() => control.tell(control.keep(control.value())), TYPING_WAIT_MS);
  node.addEventListener("input", () => {
    control.keep(now());
    measure();
    if (!place.dispatches || !listens.includes("on_character_entered")) return;
    typing.set(later, place.scope);
    later();
  });
  node.addEventListener("keydown", (event) => {
    const enter = event.key === "Enter" && !event.shiftKey && !event.ctrlKey && !event.metaKey && !event.isComposing;
    if (!enter || many) return;
    event.preventDefault();
    if (place.dispatches && listens.includes("on_enter_pressed")) {
      later.cancel();
      control.tell(control.keep(now()));
    }
  });
  queueMicrotask(measure);
  requestAnimationFrame(measure);
  return room ? h("div", { class: "text-box" }, node, room) : node;
}

function dateInput(element, block, place) {
  const control = controlOf(element, block, place);
  const kind = { datepicker: "date", timepicker: "time", datetimepicker: "datetime-local" }[element.type];
  const zone = world?.me?.tz;
  const epoch = kind === "datetime-local";
  const text = (value) => (epoch && value ? `${dayOf(value, zone)}T${timeOf(value, zone)}` : (value ?? ""));
  const node = h("input", {
    type: kind,
    class: "text-input date",
    id: control.id,
    "data-fid": control.fid,
    value: text(control.value()),
    ...control.aria,
  });
  const send = debounce(() => control.set(control.value()), TYPING_WAIT_MS);
  const read = () =>
    !node.value ? null : epoch ? epochOf(node.value.slice(0, 10), node.value.slice(11, 16), zone) : node.value;
  node.addEventListener("change", () => {
    if (/^0\d{3}-/.test(node.value)) return;
    control.keep(read());
    send();
  });
  const where = kind === "time" ? element.timezone : epoch ? zone : null;
  return where
    ? h("div", { class: "with-zone" }, node, h("span", { class: "zone" }, where.replaceAll("_", " ")))
    : node;
}

function choices(element, block, place) {
  const control = controlOf(element, block, place);
  const many = element.type === "checkboxes";
  const isOn = (option) =>
    many ? control.value().some((one) => one.value === option.value) : control.value()?.value === option.value;
  const node = h("div", {
    class: "choices",
    role: many ? "group" : "radiogroup",
    id: control.id,
    "aria-labelledby": control.labelledby,
    ...control.aria,
  });
  const draw = () =>
    refill(
      node,
      (element.options ?? []).map((option, index) => {
        const box = h("input", {
          type: many ? "checkbox" : "radio",
          name: control.fid,
          checked: isOn(option),
          id: `${control.id}-${index}`,
          "data-fid": `${control.fid}/${index}`,
        });
        box.addEventListener("change", async () => {
          const now = many
            ? (element.options ?? []).filter((one) => (one.value === option.value ? box.checked : isOn(one)))
            : option;
          if (!(await control.set(now))) draw();
        });
        return h(
          "label",
          { class: "choice", for: `${control.id}-${index}` },
          box,
          h(
            "span",
            {},
            h("span", { class: "mrkdwn" }, textNodes(option.text)),
            option.description && h("small", { class: "mrkdwn" }, textNodes(option.description)),
          ),
        );
      }),
    );
  draw();
  return node;
}

/** The node of one element in its block. */
export function element(one, block, place) {
  switch (one?.type) {
    case "button":
      return button(one, block, place);
    case "workflow_button":
      return button(one, block, place);
    case "overflow":
      return overflow(one, block, place);
    case "image":
      return h("img", { class: "accessory-image", src: one.image_url ?? one.slack_file?.url, alt: one.alt_text ?? "" });
    case "datepicker":
    case "timepicker":
    case "datetimepicker":
      return dateInput(one, block, place);
    case "checkboxes":
    case "radio_buttons":
      return choices(one, block, place);
    case "file_input":
      return fileInput(one, controlOf(one, block, place), place);
    case "plain_text_input":
    case "email_text_input":
    case "url_text_input":
    case "number_input":
    case "rich_text_input":
      return textInput(one, block, place);
    default:
      if (one && fieldOf(one)) return select(one, block, place, controlOf(one, block, place));
      return h("span", { class: "refusal" }, `This page does not draw “${one?.type}”.`);
  }
}
