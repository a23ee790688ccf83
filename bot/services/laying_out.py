"""A post as programs write it, item by item, laid out as a post of Herald: one text and its variants, files, settings.

An item is one text for one account. A post of Herald has one text, one set of settings and one choice of files a
platform, or a kind of post where it goes to that platform as several; what does not fit into that is refused with a
sentence. An item for a platform of which the brand has no account yet is kept beside the draft.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.domain.accounts import Account
from bot.domain.content import Media
from bot.domain.errors import InvalidContent, Problem
from bot.domain.ids import ItemId, MediaId, PostId
from bot.domain.posts import FileView, ItemView, Place, PostView
from bot.domain.publication import State
from bot.services.deps import Deps
from bot.services.planning import Look, NotYet, Plan, Target, Wish, type_of
from platforms.base import AskedKind, Connector, kind_named, kind_of, kinds_of
from storage.brands import Brand
from storage.posts import code_of
from storage.unplaced import Unplaced


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An item as asked for. `kind` is such as `instagram-reel`."""

    kind: str
    text: str
    title: str | None = None
    media: tuple[MediaId, ...] = ()
    account_id: str | None = None
    options: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An asked item that was understood."""

    place: int
    """Its number among the items."""
    asked: Asked
    platform: str
    kind: AskedKind
    connector: Connector
    account: Account | None
    """None: the brand has none there yet."""
    options: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """All items of a post, understood."""

    items: tuple[Item, ...]
    known: tuple[Account, ...]
    """The brand's accounts."""

    @property
    def placed(self) -> list[Item]:
        """Those with an account."""
        return [item for item in self.items if item.account is not None]

    def kind_of(self, item: Item) -> str:
        """Its kind, where the post goes to its platform as several; else empty."""
        kinds = {other.kind.name for other in self.items if other.platform == item.platform}
        return item.kind.name if len(kinds) > 1 else ""

    def variant_of(self, item: Item) -> str:
        """What its text, files and settings are kept by."""
        return self.kind_of(item) or item.platform

    def at(self) -> dict[Place, Item]:
        """Those with an account, by where they go."""
        return {
            Place(account_id=item.account.id, kind=self.kind_of(item)): item
            for item in self.items
            if item.account is not None
        }

    def files(self) -> tuple[MediaId, ...]:
        """All files of all items, each once."""
        return tuple(dict.fromkeys(media_id for item in self.items for media_id in item.asked.media))


def understood(deps: Deps, brand: Brand, asked: Sequence[Asked], known: Sequence[Account]) -> Layout:
    """The items with their platforms and accounts. Raises InvalidContent with everything that is wrong."""
    problems: list[Problem] = []
    items: list[Item] = []
    for place, one in enumerate(asked):
        found = kind_named(deps.connectors, one.kind)
        if found is None:
            names = ", ".join(kind.name for connector in deps.connectors.values() for kind in kinds_of(connector.spec))
            message = f"{one.kind[:60]!r} is no post_type. There are: {names}."
            problems.append(Problem(field=f"items[{place}].post_type", message=message))
            continue
        connector, kind = found
        item = Item(
            place=place,
            asked=one,
            platform=connector.spec.name,
            kind=kind,
            connector=connector,
            account=_account(brand, one, connector, known, place, problems),
            options=_options(one, kind, connector),
        )
        problems.extend(_clashes(item, items))
        items.append(item)
    if problems:
        raise InvalidContent(problems)
    return Layout(items=tuple(items), known=tuple(known))


def _account(  # noqa: PLR0913, PLR0917  # who, what and where to say so
    brand: Brand, asked: Asked, connector: Connector, known: Sequence[Account], place: int, problems: list[Problem]
) -> Account | None:
    spec, where = connector.spec, f"items[{place}].account_id"
    theirs = [account for account in known if account.platform == spec.name]
    if asked.account_id is not None:
        fits = [account for account in theirs if account.id == asked.account_id]
        if not fits:
            problems.append(Problem(field=where, message=f"{brand.name} has no {spec.title} account with this id."))
        return fits[0] if fits else None
    if len(theirs) > 1:
        ids = ", ".join(f"{account.id} ({account.handle})" for account in theirs[:10])
        message = f"{brand.name} has {len(theirs)} {spec.title} accounts. Name one by account_id: {ids}."
        problems.append(Problem(field=where, message=message))
        return None
    return theirs[0] if theirs else None


def _options(asked: Asked, kind: AskedKind, connector: Connector) -> Mapping[str, str]:
    """Settings asked for, those that the kind stands for, and the title where the platform has one."""
    spec = connector.spec
    takes = (spec.capabilities, *spec.by_type.values())
    titled = asked.title is not None and any(rule.name == "title" for one in takes for rule in one.options)
    return {**({"title": asked.title or ""} if titled else {}), **asked.options, **kind.options}


def _clashes(item: Item, earlier: Sequence[Item]) -> Iterator[Problem]:
    """What one post cannot hold beside the items before."""
    where, kind = f"items[{item.place}]", item.kind.name
    account = item.account.id if item.account is not None else None
    for other in earlier:
        if other.kind.name != kind:
            continue
        if account == (other.account.id if other.account is not None else None):
            message = f"A post goes to an account once as {kind}. Make another post of it."
            yield Problem(field=f"{where}.post_type", message=message)
        elif other.asked.text != item.asked.text:
            message = f"A post has one text for all accounts it goes to as {kind}. Make another post of it."
            yield Problem(field=f"{where}.content", message=message)
        elif (dict(other.options), other.asked.media) != (dict(item.options), item.asked.media):
            message = f"A post is the same on all accounts it goes to as {kind}. Make another post of it."
            yield Problem(field=f"{where}.post_type", message=message)
        else:
            continue
        return


def wish_of(layout: Layout, brand: Brand, *, alt: Mapping[MediaId, str], asked_by: str) -> Wish:
    """The placed items as somebody would type them, as a draft. `alt` has descriptions that files had before."""
    placed, files = layout.placed, layout.files()
    texts = [item.asked.text for item in placed or layout.items]
    text = next((text for text in texts if text.strip()), texts[0])
    return Wish(
        brand=brand,
        to=tuple(layout.at()),
        text=text,
        when=NotYet(),
        variants={layout.variant_of(item): item.asked.text for item in placed if item.asked.text != text},
        media=tuple((media_id, alt.get(media_id, "")) for media_id in files),
        options={layout.variant_of(item): item.options for item in placed if item.options},
        media_for={layout.variant_of(item): item.asked.media for item in placed if item.asked.media != files},
        asked_by=asked_by,
    )


def ids_of(layout: Layout, ids: Sequence[str]) -> Mapping[Place, ItemId]:
    """The ids of the placed items by where they go; `ids` has one for each item."""
    return {place: ItemId(ids[item.place]) for place, item in layout.at().items()}


def unplaced_of(layout: Layout, post_id: PostId, ids: Sequence[str]) -> list[Unplaced]:
    """What is kept beside the draft; `ids` has one for each item."""
    return [
        Unplaced(
            item_id=ItemId(ids[item.place]),
            post_id=post_id,
            platform=item.platform,
            kind=item.kind.name,
            text=item.asked.text,
            options=item.options,
            media=item.asked.media,
        )
        for item in layout.items
        if item.account is None
    ]


def draft_of(plan: Plan, post_id: PostId) -> PostView:
    """The new draft that this plan becomes, as it would be read."""
    wish = plan.wish
    files = [(file.media, alt) for file, (_, alt) in zip(plan.files, wish.media, strict=True)]
    return PostView(
        post_id=post_id,
        workspace_id=wish.brand.workspace_id,
        brand_id=wish.brand.id,
        code=code_of(post_id),
        version=1,
        text=wish.text,
        created_by=wish.asked_by,
        created_at=plan.now,
        edited_by=None,
        edited_at=None,
        scheduled_at=None,
        wall_time=None,
        zone=None,
        items=tuple(_draft_item(plan, target) for target in plan.targets),
        variants=wish.variants,
        files=tuple(_file_view(media, alt) for media, alt in files),
        options=wish.options,
        media_for=wish.media_for or {},
    )


def _draft_item(plan: Plan, target: Target) -> ItemView:
    account = target.account
    return ItemView(
        item_id=plan.wish.item_ids[target.place],
        platform=account.platform,
        account_id=account.id,
        handle=account.handle,
        post_type=type_of(plan, target),
        kind=target.kind,
        part=0,
        status=State.DRAFT,
        scheduled_at=None,
        published_at=None,
        platform_post_id=None,
        permalink=None,
        attempts=0,
        error=None,
    )


def _file_view(media: Media, alt: str) -> FileView:
    return FileView(
        media_id=media.id,
        kind=media.kind.value,
        mime_type=media.mime_type,
        file_name=media.file_name,
        size_bytes=media.size_bytes,
        width_px=media.width_px,
        height_px=media.height_px,
        alt_text=alt,
    )


def kinds_checked(layout: Layout) -> Look:
    """A look at the plan that refuses a kind which these files and settings do not make."""

    async def look(plan: Plan) -> None:
        there, asked = {target.place: target for target in plan.targets}, layout.at()
        found = [_other_kind(item, plan, there[place]) for place, item in asked.items() if item.kind.becomes]
        problems = [problem for some in found for problem in some]
        if problems:
            raise InvalidContent(problems)

    return look


def _other_kind(item: Item, plan: Plan, target: Target) -> Iterator[Problem]:
    spec = target.connector.spec
    made = kind_of(spec, type_of(plan, target))
    if made == item.kind.name or made in item.kind.like:
        return
    if not item.asked.media:
        message = f"{item.kind.name} needs its files: name them in media_ids."
        yield Problem(field=f"items[{item.place}].media_ids", message=message)
    else:
        message = f"These files make a {made}, not a {item.kind.name}."
        yield Problem(field=f"items[{item.place}].post_type", message=message)


def missing_files(layout: Layout, there: Collection[MediaId]) -> Iterator[Problem]:
    """Files that the workspace does not have."""
    for item in layout.items:
        for place, media_id in enumerate(item.asked.media):
            if media_id not in there:
                where = f"items[{item.place}].media_ids[{place}]"
                yield Problem(field=where, message=f"There is no file {media_id[:60]!r}. Upload it first.")
