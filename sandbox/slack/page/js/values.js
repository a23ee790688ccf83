// What people chose and typed, kept apart from the nodes that show it: a view updated with the same ids loses nothing.

const kept = new Map();

const keyOf = (scope, block_id, action_id) => JSON.stringify([scope, block_id, action_id]);

const FIELDS = {
  plain_text_input: ["value", "initial_value", null],
  email_text_input: ["value", "initial_value", null],
  url_text_input: ["value", "initial_value", null],
  number_input: ["value", "initial_value", null],
  rich_text_input: ["rich_text_value", "initial_value", null],
  static_select: ["selected_option", "initial_option", null],
  external_select: ["selected_option", "initial_option", null],
  radio_buttons: ["selected_option", "initial_option", null],
  multi_static_select: ["selected_options", "initial_options", []],
  multi_external_select: ["selected_options", "initial_options", []],
  checkboxes: ["selected_options", "initial_options", []],
  users_select: ["selected_user", "initial_user", null],
  multi_users_select: ["selected_users", "initial_users", []],
  conversations_select: ["selected_conversation", "initial_conversation", null],
  multi_conversations_select: ["selected_conversations", "initial_conversations", []],
  channels_select: ["selected_channel", "initial_channel", null],
  multi_channels_select: ["selected_channels", "initial_channels", []],
  datepicker: ["selected_date", "initial_date", null],
  timepicker: ["selected_time", "initial_time", null],
  datetimepicker: ["selected_date_time", "initial_date_time", null],
  file_input: ["files", "initial_files", []],
};

/** The field that holds the value of this kind of element, such as `selected_option`; undefined for buttons. */
export function fieldOf(element) {
  return FIELDS[element?.type]?.[0];
}

function initial(element, here) {
  const [field, first, none] = FIELDS[element.type];
  let value = element[first] ?? none;
  if (element.default_to_current_conversation && element[first] === undefined && here)
    value = Array.isArray(none) ? [here] : here;
  if (field === "value" && value !== null) value = String(value);
  return { type: element.type, [field]: value };
}

/** The present state of an element; the first look settles its initial value, as in Slack. */
export function stateOf(scope, block_id, element, here) {
  const key = keyOf(scope, block_id, element.action_id);
  const known = kept.get(key);
  if (known?.type === element.type) return known;
  const state = initial(element, here);
  kept.set(key, state);
  return state;
}

/** The bare value of an element. */
export function valueOf(scope, block_id, element, here) {
  return stateOf(scope, block_id, element, here)[fieldOf(element)];
}

/** Keep what was typed or chosen; returns the state to tell the app. */
export function keep(scope, block_id, element, value) {
  const state = { type: element.type, [fieldOf(element)]: value };
  if (element.type === "timepicker" && element.timezone) state.timezone = element.timezone;
  kept.set(keyOf(scope, block_id, element.action_id), state);
  return state;
}

function elementsOf(block) {
  const all = [block.element, block.accessory, ...(block.type === "actions" ? (block.elements ?? []) : [])];
  return all.filter((one) => one && fieldOf(one));
}

/** `view.state.values` of these blocks. */
export function collect(scope, blocks, here) {
  const values = {};
  for (const block of blocks ?? []) {
    for (const one of elementsOf(block)) {
      values[block.block_id] ??= {};
      values[block.block_id][one.action_id] = stateOf(scope, block.block_id, one, here);
    }
  }
  return values;
}

/** Forget inputs that are no longer in the view, and everything when `blocks` is null. */
export function prune(scope, blocks) {
  const present = new Set(
    (blocks ?? []).flatMap((block) => elementsOf(block).map((one) => keyOf(scope, block.block_id, one.action_id))),
  );
  for (const key of [...kept.keys()]) {
    if (JSON.parse(key)[0] === scope && !present.has(key)) kept.delete(key);
  }
}

function empty(value) {
  return value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0);
}

const CHECKS = {
  plain_text_input(one, value) {
    const size = [...value].length;
    if (one.min_length && size < one.min_length)
      return `Write at least ${one.min_length} characters; these are ${size}.`;
    if (one.max_length && size > one.max_length)
      return `Write at most ${one.max_length} characters; these are ${size}.`;
    return null;
  },
  email_text_input: (one, value) =>
    /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value) ? null : "Write an email address such as name@example.com.",
  url_text_input: (one, value) =>
    /^https?:\/\/[^\s/]+\S*$/.test(value) ? null : "Write a link that starts with https://.",
  number_input(one, value) {
    const number = Number(value);
    if (!Number.isFinite(number) || (!one.is_decimal_allowed && !Number.isInteger(number)))
      return one.is_decimal_allowed ? "Write a number." : "Write a whole number.";
    if (one.min_value !== undefined && number < Number(one.min_value))
      return `Write a number of at least ${one.min_value}.`;
    if (one.max_value !== undefined && number > Number(one.max_value))
      return `Write a number of at most ${one.max_value}.`;
    return null;
  },
};

/** What Slack itself would refuse before asking the app: `{block_id: sentence}`. */
export function problems(scope, blocks, here) {
  const found = {};
  for (const block of blocks ?? []) {
    if (block.type !== "input" || !fieldOf(block.element)) continue;
    const value = valueOf(scope, block.block_id, block.element, here);
    if (empty(value)) {
      if (!block.optional) found[block.block_id] = "Please complete this required field.";
      continue;
    }
    const sentence = CHECKS[block.element.type]?.(block.element, value);
    if (sentence) found[block.block_id] = sentence;
  }
  return found;
}
