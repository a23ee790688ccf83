// "Try this next": six things to do, each ticked by what happened and not by a click.

import { h, icon, refill } from "./dom.js";
import { happened, show, ui, world } from "./store.js";

const LONG = "New beans are in! ".repeat(19).trim();

const POSTED = [/^command:\/post/];

/** Do facts occur in this order, from `from` on? How many wishes were met, and the place after the last of them. */
function met(facts, wishes, from) {
  let count = 0;
  let end = from;
  for (let at = from; at < facts.length && count < wishes.length; at += 1)
    if (wishes[count].test(facts[at])) {
      count += 1;
      end = at + 1;
    }
  return { count, end };
}

/** What to type where a page asks for the account at this network. */
function login(name) {
  const found = world.networks.find((one) => one.name === name)?.login ?? [];
  return found.flatMap(({ label, value }, at) => [at ? ", " : "", `${label.toLowerCase()} `, h("code", {}, value)]);
}

const SET_UP = {
  title: "Set it up",
  say: () => [
    "In Herald's chat, press ",
    h("b", {}, "Choose a channel"),
    " and make the brand Juniper. Then press ",
    h("b", {}, "Connect an account"),
    " and choose Bluesky: ",
    ...login("bluesky"),
    ". Last, type ",
    h("code", {}, "/invite @Herald"),
    " in #juniper-social, where the cards will be.",
  ],
  fill: "/invite @Herald",
  wishes: [
    [/^allowed/, "Herald is in the workspace"],
    [/^view_submitted:brand/, "A brand is made"],
    [/^opened:.*\/connect\//, "An account is connected"],
    [/^invited:/, "Herald is in the channel", true],
  ],
};

const STEPS = [
  {
    title: "Write one that is too long",
    say: [
      "Type ",
      h("code", {}, "/post"),
      ", choose Bluesky, and write more than 300 characters. Herald refuses it at its field. Shorten it and send it.",
    ],
    fill: `/post ${LONG}`,
    wishes: [
      [/^view_opened/, "The composer opens"],
      [/^view_errors:composer/, "Refused at its field"],
      [/^(view_submitted:composer|published:)/, "Fixed"],
    ],
  },
  {
    title: "Publish one now",
    say: ["The words in quotes go out at once. Then press ", h("b", {}, "Open"), " on the card."],
    fill: '/post "Hello from the sandbox" to bluesky now',
    wishes: [
      POSTED,
      [/^published:bluesky/, "Published on Bluesky"],
      [/^(opened:|action:.*open)/i, "Opened"],
    ],
  },
  {
    title: "Schedule one to the second",
    say: ["Two networks, twenty seconds from now. Watch the card turn to ", h("b", {}, "Published"), "."],
    fill: '/post "See you in a moment" to bluesky, mastodon in 20s',
    wishes: [POSTED, [/^published:mastodon/, "Published on Mastodon"]],
  },
  {
    title: "Lose the access",
    say: () => [
      "On the left, set Bluesky to ",
      h("b", {}, "access ended"),
      " and post. The card says why it failed. Set Bluesky back to ",
      h("b", {}, "ok"),
      ", press ",
      h("b", {}, "Reconnect"),
      " and log in: ",
      ...login("bluesky"),
      ". Then press ",
      h("b", {}, "Retry"),
      ".",
    ],
    fill: '/post "Are you still there?" to bluesky now',
    wishes: [
      [/^network:bluesky:access_ended/, "Access ended"],
      POSTED,
      [/^network:bluesky:ok/, "Bluesky is back"],
      [/^opened:.*\/connect\//, "Reconnected"],
      [/^published:bluesky/, "Published after all"],
    ],
  },
  {
    title: "Lose the answer",
    say: [
      "Set Bluesky to ",
      h("b", {}, "takes the post, loses the answer"),
      " and post. ",
      h("i", {}, "Not sure yet"),
      " becomes ",
      h("i", {}, "Published"),
      ", and its page shows one post, not two.",
    ],
    fill: '/post "Only once, please" to bluesky now',
    wishes: [
      [/^network:bluesky:loses_answer/, "Answers get lost"],
      POSTED,
      [/^published:bluesky/, "Found, not sent twice"],
    ],
  },
  {
    title: "Ask what happened",
    say: [
      h("code", {}, "/social why"),
      " tells the last troubled post step by step, ",
      h("code", {}, "/social queue"),
      " what goes out next. Then look at Herald's Home.",
    ],
    fill: "/social why",
    wishes: [
      [/^command:\/social/, "Asked Herald"],
      [/^home_opened/, "Looked at Home", true],
    ],
  },
];

const skipped = new Set();
let drawn = "";

/** Which wishes of a step came true since the step before it was done, and where the next one begins. */
function progress(step, facts, from) {
  const strict = step.wishes.filter((wish) => !wish[2]);
  const { count, end } = met(
    facts,
    strict.map(([pattern]) => pattern),
    from,
  );
  const came = (wish) => (wish[2] ? facts.some((fact) => wish[0].test(fact)) : strict.indexOf(wish) < count);
  return { ticks: step.wishes.map(came), end };
}

/** How far each step is; the next one counts only what happens after this one is done. */
function walk(steps, facts) {
  let from = 0;
  return steps.map((step) => {
    const { ticks, end } = progress(step, facts, from);
    if (ticks.every(Boolean)) from = end;
    return ticks;
  });
}

function install() {
  return h(
    "div",
    { class: "tour-step" },
    h("h3", {}, `${world.app.name} is not in this workspace yet`),
    h("p", {}, "Add it as an administrator would, then come back here."),
    world.app.install_url &&
      h(
        "a",
        { class: "button primary", href: world.app.install_url, target: "_blank", rel: "noopener" },
        `Add ${world.app.name}`,
      ),
  );
}

function stepNode(step, number, ticks, fill) {
  const shown = step.wishes.map(([, words], at) => ({ words, done: ticks[at] })).filter((one) => one.words);
  const say = typeof step.say === "function" ? step.say() : step.say.map((one) => one.cloneNode?.(true) ?? one);
  return h(
    "div",
    { class: "tour-step" },
    h("p", { class: "meta" }, number),
    h("h3", {}, step.title),
    h("p", {}, say),
    step.fill &&
      h(
      "div",
      { class: "tour-line" },
      h(
        "code",
        {},
        step.fill.length > 90 ? `${step.fill.slice(0, 60)}… (${[...step.fill.slice(6)].length} characters)` : step.fill,
      ),
      h(
        "button",
        { type: "button", class: "button small", "data-fid": "tour-fill", onclick: () => fill(step.fill) },
        "Fill",
      ),
    ),
    h(
      "ul",
      { class: "ticks" },
      shown.map(({ words, done }) =>
        h(
          "li",
          { class: done ? "done" : "" },
          h("span", { class: "box", "aria-hidden": "true" }, done ? "✓" : ""),
          words,
          done && h("span", { class: "for-ears" }, " (done)"),
        ),
      ),
    ),
  );
}

/** Bring the tour to what happened; `fill` puts a line into the composer. */
export function drawTour(root, fill) {
  root.hidden = !ui.tour;
  if (!ui.tour) return;
  const facts = happened();
  const steps = facts.includes("allowed") ? [SET_UP, ...STEPS] : STEPS;
  const all = walk(steps, facts);
  const done = all.map((ticks, index) => ticks.every(Boolean) || skipped.has(index));
  const at = done.indexOf(false);
  const sig = JSON.stringify([all, done, world.app.installed, world.app.install_url]);
  if (sig === drawn) return;
  drawn = sig;
  const dots = h(
    "div",
    { class: "tour-dots", "aria-hidden": "true" },
    steps.map((_, index) => h("i", { class: done[index] ? "done" : index === at ? "now" : "" })),
  );
  const end = h(
    "div",
    { class: "tour-step" },
    h("h3", {}, "That is Herald."),
    h("p", {}, "Connect a real account: README."),
  );
  refill(
    root,
    h("div", { class: "panel-head" }, h("h2", {}, "Try this next"), dots),
    !world.app.installed ? install() : at < 0 ? end : stepNode(steps[at], `${at + 1} of ${steps.length}`, all[at], fill),
    h(
      "div",
      { class: "tour-foot" },
      world.app.installed &&
        at >= 0 &&
        h(
          "button",
          {
            type: "button",
            class: "link-button",
            "data-fid": "tour-skip",
            onclick: () => {
              skipped.add(at);
              drawn = "";
              show({});
            },
          },
          "Skip",
        ),
      h(
        "button",
        { type: "button", class: "link-button", "data-fid": "tour-hide", onclick: () => show({ tour: false }) },
        "Hide tour",
      ),
    ),
  );
}

/** The mark of the tour, for the bar above. */
export const tourIcon = () => icon("map");
