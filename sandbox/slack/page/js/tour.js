// "Try this next": six things to do, each ticked by what happened and not by a click.

import { h, icon, refill } from "./dom.js";
import { happened, show, ui, world } from "./store.js";

const LONG = "New beans are in! ".repeat(19).trim();

/** Do facts occur in this order? Each wish is a regular expression; returns how many were met. */
function met(facts, wishes) {
  let at = 0;
  for (const fact of facts) if (at < wishes.length && wishes[at].test(fact)) at += 1;
  return at;
}

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
      [/^view_errors/, "Refused at its field"],
      [/^(view_submitted|published:)/, "Fixed"],
    ],
  },
  {
    title: "Publish one now",
    say: ["The words in quotes go out at once. Then press ", h("b", {}, "Open"), " on the card."],
    fill: '/post "Hello from the sandbox" to bluesky now',
    wishes: [
      [/^published:bluesky/, "Published on Bluesky"],
      [/^(opened:|action:.*open)/i, "Opened"],
    ],
  },
  {
    title: "Schedule one to the second",
    say: ["Two networks, twenty seconds from now. Watch the card turn to ", h("b", {}, "Published"), "."],
    fill: '/post "See you in a moment" to bluesky, mastodon in 20s',
    wishes: [[/^published:mastodon/, "Published on Mastodon"]],
  },
  {
    title: "Lose the access",
    say: [
      "On the left, set Bluesky to ",
      h("b", {}, "access ended"),
      " and post. The card says why it failed. Set Bluesky back to ",
      h("b", {}, "ok"),
      " and press the button that mends it.",
    ],
    fill: '/post "Are you still there?" to bluesky now',
    wishes: [
      [/^network:bluesky:access_ended/, "Access ended"],
      [/^network:bluesky:ok/, "Bluesky is back"],
      [/^published:bluesky/, "Mended and published"],
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

function progress(step, facts) {
  const loose = step.wishes.filter((wish) => wish[2]).map(([pattern]) => facts.some((fact) => pattern.test(fact)));
  const strict = step.wishes.filter((wish) => !wish[2]);
  const count = met(
    facts,
    strict.map(([pattern]) => pattern),
  );
  return step.wishes.map((wish) => (wish[2] ? loose.shift() : strict.indexOf(wish) < count));
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

function stepNode(step, index, ticks, fill) {
  return h(
    "div",
    { class: "tour-step" },
    h("p", { class: "meta" }, `${index + 1} of ${STEPS.length}`),
    h("h3", {}, step.title),
    h(
      "p",
      {},
      step.say.map((one) => (one instanceof Node ? one.cloneNode(true) : one)),
    ),
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
      step.wishes.map(([, words], at) =>
        h(
          "li",
          { class: ticks[at] ? "done" : "" },
          h("span", { class: "box", "aria-hidden": "true" }, ticks[at] ? "✓" : ""),
          words,
          ticks[at] && h("span", { class: "for-ears" }, " (done)"),
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
  const all = STEPS.map((step) => progress(step, facts));
  const done = all.map((ticks, index) => ticks.every(Boolean) || skipped.has(index));
  const at = done.indexOf(false);
  const sig = JSON.stringify([all, done, world.app.installed, world.app.install_url]);
  if (sig === drawn) return;
  drawn = sig;
  const dots = h(
    "div",
    { class: "tour-dots", "aria-hidden": "true" },
    STEPS.map((_, index) => h("i", { class: done[index] ? "done" : index === at ? "now" : "" })),
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
    !world.app.installed ? install() : at < 0 ? end : stepNode(STEPS[at], at, all[at], fill),
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
