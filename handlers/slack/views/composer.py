"""The composer: from a form to a modal, and back."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from bot.domain.accounts import Account, Health
from bot.domain.best_times import NEEDED, Best
from bot.domain.composition import Form, When
from handlers.slack import blocks as b
from handlers.slack import names, times, wording
from handlers.slack.blocks import Json
from handlers.slack.facts import BrandLike, Names, channel_mention, handle_of
from handlers.slack.views import asked, more_options, repeating, when
from handlers.slack.views.asked import AskedLike
from handlers.slack.views.problems import block_id, errors, input_ids, marks

__all__ = [
    "MOST_CHOSEN",
    "Choice",
    "ComposerFacts",
    "CountLike",
    "account_options",
    "brand_options",
    "build",
    "choices",
    "composition_of",
    "count_block",
    "errors",
    "marks",
    "platforms_of",
    "read",
    "settled",
    "uploads",
]

MOST_CHOSEN = 100
"""Accounts in one post from the composer: as many as Slack lets a select begin with."""
_MOST_COUNTS = 10
_MOST_KEPT = 10
_BROKEN = frozenset({Health.EXPIRED, Health.REVOKED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """An account that can be chosen."""

    id: str
    platform: str
    handle: str
    health: Health = Health.HEALTHY


def choices(accounts: Iterable[Account]) -> list[Choice]:
    """A brand's accounts as they can be chosen, network by network."""
    ordered = sorted(accounts, key=lambda account: (account.platform, account.handle.casefold()))
    return [Choice(id=a.id, platform=a.platform, handle=a.handle, health=a.health) for a in ordered]


class CountLike(Protocol):
    """How much of a network's room the text takes."""

    @property
    def title(self) -> str:
        """The network's name."""
        ...

    @property
    def used(self) -> int:
        """As the network counts."""
        ...

    @property
    def limit(self) -> int:
        """The most it takes."""
        ...

    @property
    def own(self) -> bool:
        """Whether it has a text of its own."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposerFacts:
    """What the composer shows beside the form."""

    composition_id: str
    brand: BrandLike | None
    """The one chosen; None while somebody has to choose."""
    brands: Sequence[BrandLike]
    accounts: Sequence[Choice]
    """The chosen brand's."""
    names: Names
    now: datetime
    reader_zone: str | None = None
    counts: Sequence[CountLike] = ()
    asked: Sequence[AskedLike] = ()
    """What the networks chosen demand."""
    notice: str | None = None
    warning: str | None = None
    """A sentence that the author has to read before the post goes out."""
    slot_at: datetime | None = None
    """The next slot that is free on the accounts chosen."""
    best: Best | None = None
    """When posts on the accounts chosen do best."""
    may_read_files: bool = True
    editing: bool = False
    marks: Mapping[str, str] = field(default_factory=dict[str, str])
    """Of the inputs that are open already, by action id: what stands in them stays."""
    approves: str | None = None
    """Who approves it first, inert; None: nobody has to."""
    fresh: int = 0
    """Raised when the form was changed by us: inputs then take the form's values over what stands in them."""


def build(form: Form, facts: ComposerFacts) -> Json:
    """The modal. Its metadata names the composition, never what was written."""
    blocks = [*_upper(form, facts), b.divider(), *_lower(form, facts)]
    return b.modal(
        names.COMPOSER,
        "Edit post" if facts.editing else "New post",
        [_fresh(block, facts, form) for block in blocks],
        submit=_submit(form, facts),
        metadata=json.dumps({"composition": facts.composition_id}),
        notify_on_close=True,
    )


def _submit(form: Form, facts: ComposerFacts) -> str:
    asks = facts.approves is not None and form.when is not When.DRAFT
    return wording.ASK_FOR_APPROVAL if asks else wording.SUBMITS[form.when.value]


def _fresh(block: Json, facts: ComposerFacts, form: Form) -> Json:
    if block["type"] != "input":
        return block
    name = str(block["block_id"])
    mark = f":{facts.fresh}" if facts.fresh else facts.marks.get(name, "")
    return {**block, "block_id": block_id(name, form, mark)}


def _upper(form: Form, facts: ComposerFacts) -> Iterator[Json]:
    if facts.notice:
        yield b.section(f"⚠️ Please look: {b.inert(facts.notice, 200)}", block_id=names.NOTICE)
    yield _brand(form, facts)
    if facts.accounts:
        over = len(set(form.account_ids)) - MOST_CHOSEN
        hint = f"A post from here goes to {MOST_CHOSEN} accounts at most; {over} are left out." if over > 0 else None
        yield b.field(names.ACCOUNTS_INPUT, "Accounts", accounts_element(form, facts), hint=hint, dispatch=True)
    box = b.text_input(
        names.TEXT_INPUT, form.text, multiline=True, placeholder=wording.WRITE_ONCE, live=bool(facts.accounts)
    )
    cut = "Too long to show whole: the rest stays as it is until you change this." if b.too_long(form.text) else None
    yield b.field(names.TEXT_INPUT, "Text", box, hint=cut, optional=True, dispatch=bool(facts.accounts))
    if counted := count_block(facts.counts):
        yield counted
    yield from asked.blocks(form, facts.asked)
    yield from _files(form, facts)
    yield b.actions(_own_texts_button(form, facts), _more_options_button(form, facts), block_id="more")


def _brand(form: Form, facts: ComposerFacts) -> Json:
    if len(facts.brands) <= 1 and facts.brand is not None:
        return b.context(f"{b.inert(facts.brand.name, 75)} · {times.place(facts.brand.timezone)} time")
    if not facts.brands:
        return b.context("No brand yet. Type `/social brand`.")
    select: Json
    if len(facts.brands) <= b.MOST_OPTIONS:
        options = [brand_option(brand) for brand in facts.brands]
        select = b.choice("static_select", names.BRAND_INPUT, options, form.brand_id)
    else:
        select = {"type": "external_select", "action_id": names.BRAND_INPUT, "min_query_length": 0}
        if facts.brand is not None:
            select["initial_option"] = brand_option(facts.brand)
    select["placeholder"] = b.plain("Which brand is this for?", 150)
    return b.field(names.BRAND_INPUT, "Brand", select, dispatch=True)


def brand_option(brand: BrandLike) -> Json:
    """A brand as a choice."""
    return b.option(brand.name, brand.id)


def brand_options(query: str, brands: Sequence[BrandLike]) -> list[Json]:
    """The brands that fit what was typed; at most a hundred."""
    typed = query.strip().casefold()
    return [brand_option(brand) for brand in brands if typed in brand.name.casefold()][: b.MOST_OPTIONS]


# --- Accounts -----------------------------------------------------------------------------------------------------


def accounts_element(form: Form, facts: ComposerFacts) -> Json:
    """The accounts to choose from, by network; beyond a hundred, Slack asks for those that fit what is typed."""
    known = {account.id: account for account in facts.accounts}
    chosen = [known[account_id] for account_id in dict.fromkeys(form.account_ids) if account_id in known]
    element: Json = {"action_id": names.ACCOUNTS_INPUT, "placeholder": b.plain(wording.WHERE_IT_GOES, 150)}
    if len(facts.accounts) > b.MOST_OPTIONS:
        element |= {"type": "multi_external_select", "min_query_length": 0}
    else:
        element |= {"type": "multi_static_select", "option_groups": account_groups(facts.accounts, facts.names)}
    if chosen:
        element["initial_options"] = [_account_option(account, facts.names) for account in chosen[:MOST_CHOSEN]]
    return {**element, "max_selected_items": MOST_CHOSEN}


def account_groups(accounts: Sequence[Choice], called: Names) -> list[Json]:
    """Option groups, one per network."""
    groups: dict[str, list[Json]] = {}
    for account in accounts:
        groups.setdefault(account.platform, []).append(_account_option(account, called))
    return [
        {"label": b.plain(b.bare(called.title(platform)), 75), "options": options}
        for platform, options in groups.items()
    ]


def account_options(query: str, accounts: Sequence[Choice], called: Names) -> list[Json]:
    """The groups with what fits the letters typed; at most a hundred accounts."""
    typed = query.strip().removeprefix("@").casefold()
    fits = [a for a in accounts if typed in f"{called.title(a.platform)} {a.handle}".casefold()]
    return account_groups(fits[: b.MOST_OPTIONS], called)


def _account_option(account: Choice, called: Names) -> Json:
    describes = {Health.EXPIRING: "Ends soon"} | dict.fromkeys(_BROKEN, "Reconnect first")
    name = f"{called.title(account.platform)} · {handle_of(account.handle)}"
    return b.option(b.bare(name), account.id, describes.get(account.health))


# --- Counts, files, own texts -------------------------------------------------------------------------------------


def count_block(counts: Sequence[CountLike]) -> Json | None:
    """The count line: what does not fit first; beyond ten, the rest in one word."""
    if not counts:
        return None
    ordered = sorted(counts, key=lambda count: count.used <= count.limit)
    if len(ordered) <= _MOST_COUNTS:
        return b.context(*(_count(count) for count in ordered), block_id=names.COUNTS)
    rest = ordered[_MOST_COUNTS - 1 :]
    over = sum(1 for count in rest if count.used > count.limit)
    last = f"+{len(rest)} more, {f'{over} too long' if over else 'all fine'}"
    return b.context(*(_count(count) for count in ordered[: _MOST_COUNTS - 1]), last, block_id=names.COUNTS)


def _count(count: CountLike) -> str:
    over = count.used - count.limit
    own = " own text" if count.own else ""
    title = b.inert(count.title, 40)
    much = f"{title}{own} {count.used:,} of {count.limit:,}"
    return f"⚠️ {much}: {over:,} too many" if over > 0 else f"✅ {much}"


def _files(form: Form, facts: ComposerFacts) -> Iterator[Json]:
    if form.files:
        named = {file.media_id: file.file_name or "file" for file in form.files[:_MOST_KEPT]}
        options = [b.option(name, media_id) for media_id, name in named.items()]
        ticked: Json = {"type": "checkboxes", "action_id": names.KEPT_INPUT, "options": options}
        ticked["initial_options"] = options
        more = len(form.files) - _MOST_KEPT
        hint = f"And {more} more, which stay." if more > 0 else "Untick what should not be in the post."
        yield b.field(names.KEPT_INPUT, "Already added", ticked, hint=hint, optional=True)
    if facts.may_read_files:
        upload: Json = {"type": "file_input", "action_id": names.FILES_INPUT, "max_files": 10}
        yield b.field(names.FILES_INPUT, "Images or video", upload, hint=wording.UPLOAD_HINT, optional=True)
    else:
        yield b.context(wording.NO_FILES_RIGHT)
    if form.files or facts.may_read_files:
        yield b.field(names.FIT_INPUT, wording.FIT_WHEN, _fit_box(form), optional=True)


def _fit_box(form: Form) -> Json:
    """It stands there from the first: an upload input tells nobody that something was put into it."""
    option = b.option(wording.FIT, "fit", wording.FIT_MEANS)
    ticked = {"initial_options": [option]} if form.fit else {}
    return {"type": "checkboxes", "action_id": names.FIT_INPUT, "options": [option], **ticked}


def _own_texts_button(form: Form, facts: ComposerFacts) -> Json:
    chosen = platforms_of(form, facts.accounts)
    set_there = {name for name in chosen if asked.others(form.options.get(name, {}), facts.asked, name)}
    own = [facts.names.title(name) for name in chosen if name in form.variants or name in set_there]
    label = wording.PER_NETWORK + (f": {', '.join(own)}" if own else "")
    return b.button(b.bare(label), names.OWN_TEXTS_BUTTON, facts.composition_id)


def _more_options_button(form: Form, facts: ComposerFacts) -> Json:
    many = more_options.chosen(form)
    label = wording.MORE_OPTIONS + (f": {many} set" if many else "")
    return b.button(label, names.MORE_OPTIONS_BUTTON, facts.composition_id)


def platforms_of(form: Form, accounts: Sequence[Choice]) -> list[str]:
    """The networks chosen, in the order of the accounts."""
    wanted = set(form.account_ids)
    return list(dict.fromkeys(account.platform for account in accounts if account.id in wanted))


# --- When ---------------------------------------------------------------------------------------------------------


def _lower(form: Form, facts: ComposerFacts) -> Iterator[Json]:
    options = [
        b.option("At a time", When.AT.value),
        b.option(_slot(facts), When.SLOT.value),
        b.option(_best(facts), When.BEST.value),
        b.option("Now", When.NOW.value),
        b.option("Keep as draft", When.DRAFT.value),
    ]
    radio = b.choice("radio_buttons", names.WHEN_INPUT, options, form.when.value)
    yield b.field(names.WHEN_INPUT, "When", radio, dispatch=True)
    brand_zone = facts.brand.timezone if facts.brand is not None else (facts.reader_zone or "UTC")
    if form.when is When.AT:
        yield from when.time_blocks(form, brand_zone=brand_zone, reader_zone=facts.reader_zone, now=facts.now)
    channel = channel_mention(facts.brand.channel) if facts.brand is not None else None
    if form.when is When.DRAFT:
        return
    if facts.warning:
        tick: Json = {"type": "checkboxes", "action_id": names.ANYWAY_INPUT}
        tick["options"] = [b.option(wording.ANYWAY, "anyway")]
        yield b.field(names.ANYWAY_INPUT, wording.CHECK, tick, hint=facts.warning)
    first = f"{facts.approves} approve{'' if ' and ' in facts.approves else 's'} it first" if facts.approves else ""
    again = repeating.of_form(form, facts.now) or ""
    if said := [part for part in (first, f"The card appears in {channel}" if channel else "", again) if part]:
        yield b.context(" · ".join(said))


def _slot(facts: ComposerFacts) -> str:
    if facts.brand is None or facts.slot_at is None:
        return "Next free slot"
    return f"Next free slot: {times.spelled(facts.slot_at, facts.brand.timezone)}"


def _best(facts: ComposerFacts) -> str:
    if facts.brand is None or facts.best is None:
        return "Best time"
    if facts.best.moment is not None:
        return f"Best time: {times.spelled(facts.best.moment.at, facts.brand.timezone)}"
    if facts.best.posts < NEEDED:
        return f"Best time: needs {NEEDED} published posts, has {facts.best.posts}"
    return "Best time: none is free"


# --- Back ---------------------------------------------------------------------------------------------------------


def read(view: Mapping[str, object], form: Form) -> Form:
    """The form with everything the modal holds; what the modal does not show stays as it was."""
    states = b.states(view)
    read_form = asked.read(states, when.read_time(states, form))
    ticked = b.all_chosen(states.get(names.ANYWAY_INPUT, {}))
    read_form = replace(read_form, anyway=bool(ticked))
    if names.BRAND_INPUT in states:
        brand_id = b.chosen(states[names.BRAND_INPUT])
        read_form = replace(read_form, brand_id=brand_id)
    if names.ACCOUNTS_INPUT in states:
        read_form = replace(read_form, account_ids=b.all_chosen(states[names.ACCOUNTS_INPUT]))
    if names.TEXT_INPUT in states:
        read_form = replace(read_form, text=b.typed(states[names.TEXT_INPUT], form.text))
    if names.WHEN_INPUT in states:
        said = b.chosen(states[names.WHEN_INPUT])
        read_form = replace(read_form, when=When(said) if said in set(When) else form.when)
    if names.KEPT_INPUT in states:
        out = _offered(view) - set(b.all_chosen(states[names.KEPT_INPUT]))
        read_form = replace(read_form, files=tuple(file for file in form.files if file.media_id not in out))
    if names.FIT_INPUT in states:
        read_form = replace(read_form, fit=bool(b.all_chosen(states[names.FIT_INPUT])))
    return read_form


def _offered(view: Mapping[str, object]) -> set[str | None]:
    """The files that can be unticked, by their ids: their places change while somebody types."""
    elements = (b.mapping(b.mapping(block).get("element")) for block in b.sequence(view.get("blocks")))
    boxes = [element for element in elements if element.get("action_id") == names.KEPT_INPUT]
    return {b.word(b.mapping(one).get("value")) for box in boxes for one in b.sequence(box.get("options"))}


def composition_of(view: Mapping[str, object]) -> str | None:
    """The composition a composer, or a modal pushed onto it, belongs to."""
    try:
        said: object = json.loads(b.word(view.get("private_metadata")) or "{}")
    except ValueError:
        return None
    return b.word(b.mapping(said).get("composition"))


def uploads(view: Mapping[str, object]) -> dict[str, Mapping[str, object]]:
    """The files that lie in the modal's upload input, as Slack describes them, each by its source."""
    place = _upload(view)
    given = map(b.mapping, b.sequence(b.states(view).get(names.FILES_INPUT, {}).get("files")))
    return {f"{place}/{b.word(file.get('id')) or number}": file for number, file in enumerate(given)}


def settled(form: Form, view: Mapping[str, object]) -> Form:
    """The form with what was added in an earlier upload input among its files: no input shows that any more."""
    place = f"{_upload(view)}/"
    gone = tuple(file for file in form.added if not file.source.startswith(place))
    return replace(
        form,
        files=(*form.files, *gone),
        added=tuple(file for file in form.added if file.source.startswith(place)),
    )


def _upload(view: Mapping[str, object]) -> str:
    """The block id of the modal's upload input."""
    return input_ids(view).get(names.FILES_INPUT, names.FILES_INPUT)
