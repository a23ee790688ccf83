"""The whole story of a post, from what was written down about it: one line for each thing that happened, in order.

Instants in the lines are ISO with offset; whoever shows them to people puts the reader's time in their place with
`in_zone`. Nothing here, and nothing it is made of, holds a token; the post's own words are taken out by `without`.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.domain.calls import Call
from bot.domain.ids import ItemId, WorkerId
from bot.domain.posts import JournalEntry
from bot.domain.publication import Event

_INSTANT = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
_SHORTEST_WORDS = 4
"""Shorter texts stay: they would tear holes into words that are not theirs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What a person, or Herald outside a try, did to a post or to one of its items."""

    at: datetime
    event: str
    text: str
    actor: str = "herald"
    item_id: ItemId | None = None
    worker_id: WorkerId | None = None
    """Who had claimed the item, where it was given back."""
    claimed_at: datetime | None = None
    calls: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One try of an item."""

    item_id: ItemId
    attempt: int
    worker_id: WorkerId
    claimed_at: datetime | None
    armed_at: datetime
    settled_at: datetime | None
    outcome: str | None
    http_status: int | None
    request_id: str | None
    text: str
    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Who holds an item at this moment."""

    item_id: ItemId
    at: datetime
    worker_id: WorkerId


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """Everything written down about a post."""

    notes: tuple[Note, ...] = ()
    tries: tuple[Try, ...] = ()
    holds: tuple[Hold, ...] = ()
    hosts: Mapping[WorkerId, str] = field(default_factory=dict[WorkerId, str])
    """Where those workers ran."""


def lines(records: Records, links: Mapping[ItemId, str | None]) -> list[JournalEntry]:
    """One line for each thing that happened, in order. `links` says where each item is live."""
    found = [entry for note in records.notes for entry in _of_note(note, records.hosts)]
    for one in records.tries:
        found += _of_try(one, records.hosts, links.get(one.item_id))
    found += [_claim(hold.item_id, hold.at, hold.worker_id, records.hosts) for hold in records.holds]
    return sorted(_once(found), key=lambda entry: entry.at)


def said(note: Note) -> JournalEntry:
    """A note as a line of its own."""
    by = f" (by {note.actor})" if note.actor != "herald" else ""
    detail = f"{note.text}{by}"
    return JournalEntry(at=note.at, event=note.event, detail=detail, actor=note.actor, item_id=note.item_id)


def _of_note(note: Note, hosts: Mapping[WorkerId, str]) -> Iterator[JournalEntry]:
    if note.item_id is not None and note.claimed_at is not None and note.worker_id is not None:
        yield _claim(note.item_id, note.claimed_at, note.worker_id, hosts)
    for call in note.calls:
        yield _called(call, note.item_id)
    if note.text or not note.calls:
        yield said(note)


def _of_try(one: Try, hosts: Mapping[WorkerId, str], link: str | None) -> Iterator[JournalEntry]:
    if one.claimed_at is not None:
        yield _claim(one.item_id, one.claimed_at, one.worker_id, hosts)
    text = f"Attempt {one.attempt} was written down; from here on it may be live."
    before = [call for call in one.calls if call.verb == "prepare" or call.at < one.armed_at]
    for call in before:
        yield _called(call, one.item_id)
    yield JournalEntry(at=one.armed_at, event=Event.ARM.value, detail=text, item_id=one.item_id)
    for call in one.calls:
        if call not in before:
            yield _called(call, one.item_id)
    if one.settled_at is not None:
        event = one.outcome or "settled"
        yield JournalEntry(at=one.settled_at, event=event, detail=_ended(one, link), item_id=one.item_id)


def _ended(one: Try, link: str | None) -> str:
    live = f" It is live at {link}." if link and one.outcome == Event.CREATED else ""
    detail = f"Attempt {one.attempt} ended{f': {one.text}' if one.text else '.'}{live}"
    if one.calls:
        return detail  # which say the rest
    status = f" (HTTP {one.http_status})" if one.http_status else ""
    request = f" (the network's request {one.request_id})" if one.request_id else ""
    return f"{detail}{status}{request}"


def _claim(item_id: ItemId, at: datetime, worker_id: WorkerId, hosts: Mapping[WorkerId, str]) -> JournalEntry:
    where = f" on {hosts[worker_id]}" if worker_id in hosts else ""
    return JournalEntry(at=at, event=Event.CLAIM.value, detail=f"Worker {worker_id}{where} took it.", item_id=item_id)


def _called(call: Call, item_id: ItemId | None) -> JournalEntry:
    if call.status is not None:
        end = f"HTTP {call.status} in {call.duration_ms} ms"
        end += f", the network's request {call.request_id}" if call.request_id else ""
    else:
        left = "it may have arrived" if call.written else "nothing was sent"
        end = f"{call.fault or 'no answer'} after {call.duration_ms} ms, {left}"
    return JournalEntry(at=call.at, event="call", detail=f"{call.verb} {call.operation}: {end}", item_id=item_id)


_TOLD_TWICE = frozenset({Event.CLAIM, Event.LEASE_EXPIRED})


def _once(entries: Iterable[JournalEntry]) -> list[JournalEntry]:
    """A worker claims once, and vanishes once, however many records speak of it."""
    seen: set[tuple[str, ItemId | None, datetime]] = set()
    kept: list[JournalEntry] = []
    for entry in entries:
        key = (entry.event, entry.item_id, entry.at)
        if entry.event in _TOLD_TWICE and key in seen:
            continue
        seen.add(key)
        kept.append(entry)
    return kept


def without(entries: Iterable[JournalEntry], texts: Iterable[str]) -> list[JournalEntry]:
    """The lines without the post's own words, which a network's answer may have quoted."""
    words = sorted({text for text in texts if len(text.strip()) >= _SHORTEST_WORDS}, key=len, reverse=True)
    return [_without(entry, words) for entry in entries]


def _without(entry: JournalEntry, words: list[str]) -> JournalEntry:
    detail = entry.detail
    for text in words:
        for spelled in (text, " ".join(text.split())):
            detail = detail.replace(spelled, "(its text)")
    return entry if detail == entry.detail else replace(entry, detail=detail)


def in_zone(detail: str, show: Callable[[datetime], str]) -> str:
    """A line's text with `show`'s words in the place of each instant."""
    return _INSTANT.sub(lambda found: show(datetime.fromisoformat(found[0])), detail)
