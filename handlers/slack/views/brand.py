"""A brand's name, zone, channel and managers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.domain.approvals import Rule
from bot.domain.errors import Problem
from handlers.slack import blocks as b
from handlers.slack import names
from handlers.slack.blocks import Json
from handlers.slack.views import problems, when

_LONGEST_NAME = 80
_RULES = {
    Rule.NONE: "Nobody has to approve posts",
    Rule.ONE: "One approver has to",
    Rule.ALL: "All approvers have to",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandForm:
    """What the modal holds. `managers` are Slack's ids of people, `channel` is one of a channel."""

    brand_id: str | None = None
    name: str = ""
    zone: str = "UTC"
    channel: str | None = None
    managers: tuple[str, ...] = ()
    rule: Rule = Rule.NONE
    approvers: tuple[str, ...] = ()


def build(form: BrandForm) -> Json:
    """The modal of a new brand, or of one that is there."""
    zone: Json = {"type": "external_select", "action_id": names.ZONE_INPUT, "min_query_length": 0}
    zone["initial_option"] = when.zone_option(form.zone)
    channel: Json = {"type": "conversations_select", "action_id": names.CHANNEL_INPUT}
    channel["filter"] = {"include": ["public", "private"], "exclude_bot_users": True}
    if form.channel:
        channel["initial_conversation"] = form.channel
    people: Json = {"type": "multi_users_select", "action_id": names.MANAGERS_INPUT}
    if form.managers:
        people["initial_users"] = list(form.managers)
    name = b.text_input(names.NAME_INPUT, form.name, limit=_LONGEST_NAME, placeholder="Juniper")
    blocks = [
        b.field(names.NAME_INPUT, "Name", name),
        b.field(names.ZONE_INPUT, "Time zone", zone, hint="Its posts' times are shown in it."),
        b.field(
            names.CHANNEL_INPUT,
            "Channel",
            channel,
            hint="Each post has its card there. Type /invite @Herald in it once.",
            optional=True,
        ),
        b.field(names.MANAGERS_INPUT, "Managers", people, hint="May connect accounts, as admins may.", optional=True),
        *_approvals(form),
    ]
    return b.modal(
        names.BRAND,
        "Edit brand" if form.brand_id else "New brand",
        blocks,
        submit="Save" if form.brand_id else "Make brand",
        metadata=form.brand_id or "",
    )


def _approvals(form: BrandForm) -> list[Json]:
    options = [b.option(label, rule.value) for rule, label in _RULES.items()]
    rule = b.choice("static_select", names.RULE_INPUT, options, form.rule.value)
    people: Json = {"type": "multi_users_select", "action_id": names.APPROVERS_INPUT}
    if form.approvers:
        people["initial_users"] = list(form.approvers)
    told = "Posts from now on. Nobody approves their own. Taking the rule away lets what waits go out."
    return [
        b.field(names.RULE_INPUT, "Approval", rule, hint=told),
        b.field(names.APPROVERS_INPUT, "Approvers", people, hint="Herald asks each of them directly.", optional=True),
    ]


def read(view: Mapping[str, object]) -> BrandForm:
    """What was filled in."""
    states = b.states(view)
    rule = b.chosen(states.get(names.RULE_INPUT, {}))
    return BrandForm(
        brand_id=b.word(view.get("private_metadata")) or None,
        name=(b.word(states.get(names.NAME_INPUT, {}).get("value")) or "").strip(),
        zone=b.chosen(states.get(names.ZONE_INPUT, {})) or "UTC",
        channel=b.word(states.get(names.CHANNEL_INPUT, {}).get("selected_conversation")),
        managers=_people(states, names.MANAGERS_INPUT),
        rule=Rule(rule) if rule in set(Rule) else Rule.NONE,
        approvers=_people(states, names.APPROVERS_INPUT),
    )


def _people(states: Mapping[str, Mapping[str, object]], name: str) -> tuple[str, ...]:
    chosen = b.sequence(states.get(name, {}).get("selected_users"))
    return tuple(user for user in map(b.word, chosen) if user)


def errors(found: Sequence[Problem], view: Mapping[str, object]) -> dict[str, str]:
    """Problems at their inputs: fields name, timezone or zone, channel, managers, approvers."""
    moved = [Problem(field={"timezone": "zone"}.get(one.field, one.field), message=one.message) for one in found]
    return problems.placed(moved, view, otherwise=names.NAME_INPUT)
