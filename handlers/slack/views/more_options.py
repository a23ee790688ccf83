"""What is not asked for at once, pushed onto the composer: further parts, a link card, repeats, mission, approver."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot.domain.composition import Form
from bot.domain.errors import Problem
from bot.domain.missions import Mission
from bot.services.composing import GoesOn
from handlers.slack import blocks as b
from handlers.slack import names, wording
from handlers.slack.blocks import Json
from handlers.slack.views import repeating
from handlers.slack.views.own_texts import metadata
from handlers.slack.views.problems import placed

_NO_MISSION, _ANYBODY = "none", "anybody"
_BOXES = 5
"""As many further parts as there is room for; a longer thread, from the command line, has a box for each part."""


def build(  # noqa: PLR0913  # what the modal needs, by name
    form: Form,
    networks: Sequence[GoesOn],
    *,
    composition_id: str,
    now: datetime,
    missions: Sequence[Mission] = (),
    approvers: Sequence[tuple[str, str]] = (),
    marks: Mapping[str, str] | None = None,
) -> Json:
    """Boxes for what the networks chosen can do. `marks` are those of the composer below it.

    `approvers` are those who can be asked, by user id and by name; none where nobody has a choice.
    """
    blocks = [*_link(form, networks), *_parts(form, networks)]
    if not networks:
        blocks.insert(0, b.section("Choose accounts first; what their networks can do then stands here."))
    elif not blocks:
        blocks.append(b.section(f"{_joined(networks)} knows no threads, no first comments and no link cards."))
    blocks += [*repeating.build(form, now), *_mission(form, missions), *_approver(form, approvers)]
    return b.modal(
        names.MORE_OPTIONS,
        wording.MORE_OPTIONS,
        blocks,
        submit="Keep",
        close="Back",
        metadata=metadata(composition_id, marks),
    )


def _parts(form: Form, networks: Sequence[GoesOn]) -> Iterator[Json]:
    threads = [one for one in networks if one.threads]
    comments = [one for one in networks if one.first_comment]
    most = max(_BOXES if threads else 1 if comments else 0, len(form.parts))
    if not most:
        return
    if said := list(_can(networks, threads, comments)):
        yield b.context(" · ".join(said))
    for place in range(most):
        label = "First comment" if not threads and place == 0 else f"Part {place + 2}"
        room = [f"{one.title} {one.limit:,}" for one in ([*threads, *comments] if place == 0 else threads)]
        name = part_name(place)
        box = b.text_input(name, form.parts[place] if place < len(form.parts) else "", multiline=True)
        yield b.field(name, label, box, hint=f"At most: {', '.join(room)}." if room else None, optional=True)


def _can(networks: Sequence[GoesOn], threads: Sequence[GoesOn], comments: Sequence[GoesOn]) -> Iterator[str]:
    """What becomes of the parts on each network, for whoever chose networks that differ."""
    if threads:
        yield f"{_joined(threads)}: a thread, each part a reply to the one before"
    if comments:
        only = "part 2 as the first comment, and no more" if threads else "published right below the post"
        yield f"{_joined(comments)}: {only}"
    if neither := [one for one in networks if not one.threads and not one.first_comment]:
        yield f"{_joined(neither)}: neither threads nor a first comment, so leave these empty or take it out"


def _link(form: Form, networks: Sequence[GoesOn]) -> Iterator[Json]:
    cards = [one for one in networks if one.link_card]
    if not cards and not form.link:
        return
    others = [one for one in networks if not one.link_card]
    hint = f"{_joined(cards)}: a card below the text. " if cards else ""
    if others:
        own = "makes its own cards" if len(others) == 1 else "make their own cards"
        hint += f"{_joined(others)} {own}: put the address into the text there and leave this empty."
    box = b.text_input(names.LINK_CARD, form.link or "", placeholder="https://…")
    yield b.field(names.LINK_CARD, "Link card", box, hint=hint, optional=True)


def _mission(form: Form, missions: Sequence[Mission]) -> Iterator[Json]:
    if not missions:
        return
    options = [b.option("None", _NO_MISSION), *(b.option(one.name, one.id, _standing(one)) for one in missions)]
    select = b.choice("static_select", names.MISSION_INPUT, options, form.mission_id or _NO_MISSION)
    yield b.field(
        names.MISSION_INPUT, "Mission", select, hint="A campaign: its posts are counted, and paused, together."
    )


def _approver(form: Form, approvers: Sequence[tuple[str, str]]) -> Iterator[Json]:
    if not approvers:
        return
    options = [b.option("Whoever is first", _ANYBODY), *(b.option(b.bare(name), user) for user, name in approvers)]
    known = form.approver if form.approver in dict(approvers) else _ANYBODY
    select = b.choice("static_select", names.APPROVER_INPUT, options, known)
    yield b.field(names.APPROVER_INPUT, "Approver", select, hint="Who is asked. The others may still decide.")


def _standing(mission: Mission) -> str | None:
    return None if mission.publishing_enabled else "Paused: nothing of it goes out"


def _joined(networks: Sequence[GoesOn]) -> str:
    return wording.joined([one.title for one in networks])


def part_name(place: int) -> str:
    """The block and action id of a further part's box."""
    return f"{names.FURTHER_PART}:{place}"


def chosen(form: Form) -> int:
    """How many of these are set."""
    parts = sum(1 for part in form.parts if part.strip())
    return parts + bool(form.link) + (form.every is not None) + bool(form.mission_id) + bool(form.approver)


def read(view: Mapping[str, object], form: Form) -> Form:
    """The form with what is in the boxes shown; each part keeps its place."""
    parts, link = list(form.parts), form.link
    form = _with_people(b.states(view), _with_mission(b.states(view), repeating.read(b.states(view), form)))
    for action, state in b.states(view).items():
        kind, _, place = action.partition(":")
        if kind == names.FURTHER_PART and place.isdecimal() and int(place) < max(_BOXES, len(form.parts)):
            parts += [""] * (int(place) + 1 - len(parts))
            parts[int(place)] = b.typed(state, parts[int(place)])
        elif kind == names.LINK_CARD:
            link = b.typed(state, form.link or "").strip() or None
    while parts and not parts[-1].strip():
        parts.pop()
    return replace(form, parts=tuple(parts), link=link)


def _with_mission(states: Mapping[str, Mapping[str, object]], form: Form) -> Form:
    said = b.chosen(states.get(names.MISSION_INPUT, {}))
    if said == _NO_MISSION:
        return replace(form, mission_id="") if form.mission_id else form
    return form if said is None else replace(form, mission_id=said)


def _with_people(states: Mapping[str, Mapping[str, object]], form: Form) -> Form:
    said = b.chosen(states.get(names.APPROVER_INPUT, {}))
    return form if said is None else replace(form, approver=None if said == _ANYBODY else said)


def errors(problems: Sequence[Problem], view: Mapping[str, object]) -> dict[str, str]:
    """What is wrong, at the box it stands in."""
    return placed(problems, view, otherwise=part_name(0))
