"""Bodies and queries as they come in: bounded, decoded, and checked against what the endpoint takes."""

import asyncio
import hashlib
import re
from collections.abc import Mapping
from typing import Any, cast

import msgspec
from starlette.datastructures import QueryParams
from starlette.requests import ClientDisconnect, Request

from handlers.http.api import locating
from handlers.http.api.endpoint import LONGEST_BODY_BYTES
from handlers.http.api.errors import Fault, Refusal

_LONGEST_WAIT_S = 30.0
_DEEPEST = 100
"""Levels of lists and objects in each other: far from what would overflow whoever walks through them later."""
_LOOKED_AT_CLOSELY_BYTES = 100_000
"""Of longer bodies, which take long to search, the object or list is named that something in it is wrong with."""
_PLACE = re.compile(r"^(?P<what>.*?)(?: - at `(?P<place>[^`]*)`)?$", re.DOTALL)
_MISSING = re.compile(r"^Object missing required field `(?P<name>[^`]*)`$")
_PATTERN = re.compile(r"^Expected `str` matching regex ")
_KINDS = {"str": "string", "int": "integer", "float": "number", "bool": "boolean", " | ": " or "}
_KIND = re.compile(r"(?<=[` ])(?:str|int|float|bool)(?=[` ])| \| ")
"""Types in Python's words, where what is wrong is told."""


def check_length(request: Request, longest_bytes: int) -> None:
    """Refuse a body that says itself that it is too long, before it is read."""
    declared = request.headers.get("content-length", "0")
    if not declared.isascii() or not declared.isdigit():
        raise Refusal(Fault.INVALID, "Content-Length is not a number.", param="Content-Length")
    if int(declared[:20]) > longest_bytes:
        raise too_long(longest_bytes)


def too_long(longest_bytes: int) -> Refusal:
    """The body is longer than the endpoint takes."""
    return Refusal(Fault.TOO_LARGE, f"The body is too large: at most {longest_bytes:,} bytes.")


async def read(request: Request, longest_bytes: int = LONGEST_BODY_BYTES) -> bytes:
    """The body. Raises Refusal when it is too long, or does not come."""
    check_length(request, longest_bytes)
    body = bytearray()
    try:
        async with asyncio.timeout(_LONGEST_WAIT_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > longest_bytes:
                    raise too_long(longest_bytes)
    except TimeoutError:
        raise Refusal(Fault.INVALID, f"The body did not arrive within {_LONGEST_WAIT_S:.0f} seconds.") from None
    except ClientDisconnect:
        raise Refusal(Fault.INVALID, "The body was cut off.") from None
    return bytes(body)


def decoded(raw: bytes, kind: type[Any]) -> tuple[Any, str]:
    """A body in JSON as the Struct it is to be, and a hash of what it says. Raises Refusal naming the field."""
    if not raw.strip():
        raise Refusal(Fault.INVALID, "The body is missing. Send it as JSON.")
    try:
        plain = _plain(raw)
        body = _converted(plain, kind, closely=len(raw) <= _LOOKED_AT_CLOSELY_BYTES)
        digest = hashlib.sha256(msgspec.json.encode(plain, order="deterministic")).hexdigest()
        _refuse_unwritable(plain, (), _DEEPEST)
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise Refusal(Fault.INVALID, "The body is not JSON, or is nested too deep.") from None
    return body, digest


def _plain(raw: bytes) -> object:
    try:
        return msgspec.json.decode(raw)
    except msgspec.ValidationError:
        place = locating.beyond(raw)
        raise Refusal(Fault.INVALID, f"{place or 'body'}: the number is out of range.", param=place or None) from None


def _converted(plain: object, kind: type[Any], *, closely: bool) -> Any:  # noqa: ANN401  # what the endpoint says
    try:
        return msgspec.convert(plain, kind)
    except msgspec.ValidationError as error:
        told = str(error)

    def same(body: object) -> bool:
        try:
            msgspec.convert(body, kind)
        except msgspec.ValidationError as error:
            return str(error) == told
        return False

    what, place = _parted(told)
    if not closely:
        place = place.partition("[...]")[0]
    raise _wrong(what, locating.resolved(place, plain, same))


def digest_of(*parts: str) -> str:
    """A hash of what a body says that is not JSON."""
    return hashlib.sha256("\0".join(parts).encode(errors="surrogatepass")).hexdigest()


def once(query: QueryParams) -> dict[str, str]:
    """The parameters of an address. Raises Refusal for one that is there twice."""
    for name in query:
        if len(query.getlist(name)) > 1:
            raise Refusal(Fault.INVALID, f"{name} is there more than once.", param=name)
    return dict(query)


def asked(query: Mapping[str, str], kind: type[Any]) -> Any:  # noqa: ANN401  # what the endpoint says
    """A query as the Struct it is to be. Raises Refusal naming the parameter."""
    _refuse_unwritable(dict(query), (), 1)
    for name, value in query.items():
        if value.casefold() == "null":
            raise Refusal(Fault.INVALID, f"{name}: null is no value. Leave it out.", param=name)
    try:
        return msgspec.convert(dict(query), kind, strict=False)
    except msgspec.ValidationError as error:
        what, place = _parted(str(error))
        raise _wrong(what, place.removeprefix("$").removeprefix(".")) from None


def _parted(told: str) -> tuple[str, str]:
    """What is wrong, and where."""
    found = _PLACE.match(told)
    return (found["what"], found["place"] or "$") if found else (told, "$")


def _wrong(what: str, param: str) -> Refusal:
    if missing := _MISSING.match(what):
        param = f"{param}.{missing['name']}" if param else missing["name"]
        return Refusal(Fault.INVALID, f"{param} is missing.", param=param)
    if _PATTERN.match(what):
        return Refusal(Fault.INVALID, f"{param} has a space, or a character that does not belong there.", param=param)
    told = _KIND.sub(lambda kind: _KINDS[kind[0]], what) if what.startswith("Expected") else what
    told = told.replace("`", "")
    return Refusal(Fault.INVALID, f"{param or 'body'}: {told[:1].lower()}{told[1:]}.", param=param or None)


def _refuse_unwritable(value: Any, path: locating.Path, levels: int) -> None:  # noqa: ANN401  # decoded JSON
    """No database takes a NUL or half a surrogate pair, and no network either. Raises Refusal, and RecursionError."""
    if isinstance(value, str):
        _check_text(value, path)
    elif isinstance(value, dict | list) and not levels:
        raise RecursionError
    elif isinstance(value, dict):
        for name, inner in cast("dict[str, Any]", value).items():
            _check_text(name, path)
            _refuse_unwritable(inner, (*path, name), levels - 1)
    elif isinstance(value, list):
        for number, inner in enumerate(cast("list[Any]", value)):
            _refuse_unwritable(inner, (*path, number), levels - 1)


def _check_text(text: str, path: locating.Path) -> None:
    if text.isascii() and "\0" not in text:
        return
    place = locating.written(path)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Refusal(Fault.INVALID, f"{place} is not valid Unicode.", param=place or None) from None
    if "\0" in text:
        raise Refusal(Fault.INVALID, f"{place} holds a NUL character. Take it out.", param=place or None)
