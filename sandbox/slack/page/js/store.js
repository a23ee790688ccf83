// What the page knows: the newest snapshot of the workspace, what this reader chose to see, and how to ask for things.

/** The last snapshot, exactly as the workspace sent it; null until the first one. */
export let world = null;

/** What this reader looks at. Nothing of it is known to the workspace. */
export const ui = {
  as: null,
  online: false,
  channel: null,
  tab: "messages",
  panel: null,
  thread: null,
  drafts: new Map(),
  lines: [],
  tour: true,
  drawer: false,
  facts: [],
};

const listeners = new Set();
let scheduled = false;
let socket = null;
let retry_ms = 300;

/** Draw again soon, once for many changes. */
export function changed() {
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(() => {
    scheduled = false;
    for (const listener of listeners) listener();
  });
}

export function onChange(listener) {
  listeners.add(listener);
}

/** Change what this reader sees. */
export function show(changes) {
  Object.assign(ui, changes);
  changed();
}

/** A fact for the tour that only the page can know, such as a followed link. */
export function remember(fact) {
  ui.facts.push({ after: world?.happened?.length ?? 0, fact });
  changed();
}

/** What happened so far, the workspace's facts and the page's own, in order. */
export function happened() {
  const facts = [];
  const own = [...ui.facts];
  (world?.happened ?? []).forEach((fact, index) => {
    while (own.length && own[0].after <= index) facts.push(own.shift().fact);
    facts.push(fact);
  });
  return [...facts, ...own.map((one) => one.fact)];
}

/** Who this reader is after the workspace began anew: ids change then, names do not. */
async function sameAs(as) {
  const people = await read("people");
  if (!people || people.some((one) => one.id === as)) return as;
  return (people.find((one) => one.name === world?.me.name) ?? people[0]).id;
}

/** Become somebody: a new socket, and nothing kept of what the last person had open. */
export function connect(as) {
  socket?.close();
  if (ui.as !== as) Object.assign(ui, { as, thread: null });
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const mine = new WebSocket(`${scheme}://${location.host}/_page/ws?as=${encodeURIComponent(as)}`);
  socket = mine;
  mine.onmessage = (event) => {
    const next = JSON.parse(event.data);
    if (next.type !== "state" || mine !== socket) return;
    retry_ms = 300;
    world = next;
    show({ online: true });
  };
  mine.onclose = () => {
    if (mine !== socket) return;
    show({ online: false });
    setTimeout(async () => {
      const again = await sameAs(as);
      if (mine === socket) connect(again);
    }, retry_ms);
    retry_ms = Math.min(retry_ms * 2, 5000);
  };
}

/** Ask the workspace for something; never throws: `{ok: false, error}` when it could not be asked. */
export async function ask(path, body = {}) {
  try {
    const answer = await fetch(`/_page/${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ as: ui.as, ...body }),
    });
    return await answer.json();
  } catch {
    return { ok: false, error: "the workspace did not answer" };
  }
}

/** Read something. */
export async function read(path) {
  try {
    const answer = await fetch(`/_page/${path}`);
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

/** Upload one file; `progress` hears parts from 0 to 1. Resolves to the workspace's answer. */
export function upload(file, progress = () => {}) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const form = new FormData();
    form.append("as", ui.as);
    form.append("file", file, file.name);
    request.open("POST", "/_page/upload");
    request.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total);
    request.onerror = () => resolve({ ok: false, error: "the upload broke off" });
    request.onload = () => {
      try {
        resolve(JSON.parse(request.responseText));
      } catch {
        resolve({ ok: false, error: "the upload was not understood" });
      }
    };
    request.send(form);
  });
}

/** The channel the reader is in. */
export function currentChannel() {
  return world?.channels?.find((channel) => channel.id === ui.channel) ?? null;
}

/** The direct conversation with the app. */
export function appChannel() {
  return world?.channels?.find((one) => one.kind === "im" && one.with === world.app.bot_user_id) ?? null;
}

/** A person, the app included. */
export function person(id) {
  const found = world?.people?.find((one) => one.id === id);
  if (found) return found;
  if (id && id === world?.app?.bot_user_id) return { id, name: world.app.name, is_app: true, initials: "H" };
  return null;
}

/** The channel with this name or id. */
export function channelOf(id) {
  return world?.channels?.find((one) => one.id === id || one.name === id) ?? null;
}

/** Go to a channel, and tell the workspace that it was read. */
export function openChannel(id, tab = "messages") {
  show({ channel: id, tab, thread: null, drawer: false, panel: ui.panel === "thread" ? null : ui.panel });
  if (tab === "home") ask("home");
  else ask("open", { channel: id });
}
