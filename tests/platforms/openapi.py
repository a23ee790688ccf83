"""Requests held against a vendor's own OpenAPI 3.0 document, where this machine has it.

The documents are the vendors', large and not ours to keep here: an environment variable says where one lies, and
without it the tests that want it are skipped aloud. Everything a document does not name is a violation (a path, a
method, a parameter, a kind of body), and whatever it names is held against its schema. `beyond` says what a document
is known to leave out.

    document = document_at("HERALD_X_OPENAPI")
    assert document.violations(await requests_of(case)) == []
"""

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx
import pytest
import yaml
from openapi_schema_validator import OAS30WriteValidator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from platforms.base import Page, Prepared
from tests.platforms.contract import ConnectorCase, Scenario
from tests.platforms.stage import NotingWire, Script, Step, parts_of

_AT = "urn:document"
_METHODS = frozenset({"get", "put", "post", "delete", "patch", "head", "options"})
_WHOLE = re.compile(r"-?[0-9]+")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_COMBINED = ("anyOf", "oneOf", "allOf")
Node = Mapping[str, Any]


def document_at(variable: str) -> "Document":
    """The document whose path an environment variable has. Skips the test, aloud, where it is not set."""
    path = os.environ.get(variable)
    if not path:
        pytest.skip(f"{variable} does not name the vendor's OpenAPI document: requests were not held against it")
    return _read(Path(path))


@lru_cache
def _read(path: Path) -> "Document":
    text = path.read_text(encoding="utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return Document(json.loads(text) if path.suffix == ".json" else yaml.load(text, loader))  # noqa: S506  # both are safe


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What a document says of one method at one path. `at` is its JSON pointer, `values` what stands in the path."""

    at: str
    node: Node
    values: Mapping[str, str]


class Document:
    """An OpenAPI 3.0 document."""

    def __init__(self, root: Node) -> None:
        self._root = root
        self._registry: Registry[Any] = Registry().with_resource(
            _AT, Resource(contents=cast("Any", root), specification=DRAFT4)
        )
        server = cast("Sequence[Node]", root.get("servers", [{}]))[0].get("url", "")
        self._base = urlsplit(str(server)).path.rstrip("/")

    def violations(self, requests: Iterable[httpx.Request], *, beyond: Sequence[str] = ()) -> list[str]:
        """Every way in which requests differ from the document; paths that begin like one of `beyond` are passed over.

        Their bodies have to be read already. Which host they went to does not count.
        """
        found: list[str] = []
        for request in requests:
            path = request.url.path.removeprefix(self._base) if self._base else request.url.path
            if not path.startswith(tuple(beyond)):
                found += [f"{request.method} {path}: {what}" for what in self._of_request(request, path)]
        return found

    def _of_request(self, request: httpx.Request, path: str) -> Iterator[str]:
        operation = self._operation(request.method.lower(), path)
        if operation is None:
            yield "the document has no such operation"
            return
        yield from self._of_parameters(request, operation)
        yield from self._of_access(request, operation)
        body, content = operation.node.get("requestBody"), request.content
        if body is None:
            if content:
                yield "a body, and the document has none"
            return
        where = f"{operation.at}/requestBody"
        where, body = self._resolved(where, body)
        if content:
            yield from self._of_body(request, where, body)
        elif body.get("required"):
            yield "no body, and the document wants one"

    def _operation(self, method: str, path: str) -> Operation | None:
        """The operation; a path written out goes before one with values in it."""
        found: list[Operation] = []
        for template, item in cast("Mapping[str, Node]", self._root["paths"]).items():
            pattern = re.sub(r"\\\{(.+?)\\\}", lambda one: f"(?P<v_{_name(one[1])}>[^/]+)", re.escape(template))
            match = re.fullmatch(pattern, path)
            if match is None or method not in item or method not in _METHODS:
                continue
            values = {name.removeprefix("v_"): unquote(value) for name, value in match.groupdict().items()}
            shared = item.get("parameters", [])
            node = {**item[method], "parameters": [*shared, *item[method].get("parameters", [])]}
            found.append(Operation(at=f"/paths/{_escaped(template)}/{method}", node=node, values=values))
        return min(found, key=lambda one: len(one.values), default=None)

    def _of_parameters(self, request: httpx.Request, operation: Operation) -> Iterator[str]:
        query = parse_qsl(request.url.query.decode(), keep_blank_values=True)
        known = {"query": {one for one, _ in query}}
        for node in cast("Sequence[Node]", operation.node["parameters"]):
            _, parameter = self._resolved("", node)
            name, place = str(parameter["name"]), parameter["in"]
            if place == "query":
                known["query"].discard(name)
                values = [value for one, value in query if one == name]
            elif place == "path":
                values = [operation.values[_name(name)]]
            else:
                values = request.headers.get_list(name) if place == "header" else []
            if not values and parameter.get("required"):
                yield f"{place} parameter {name} is missing"
            elif values:
                explode = bool(parameter.get("explode", parameter.get("style", "form") == "form"))
                given = self._coerced(values, parameter.get("schema", {}), explode=explode)
                yield from (f"{place} {name}: {what}" for what in self._against(given, parameter.get("schema", {})))
        yield from (f"query parameter {name} is not in the document" for name in sorted(known["query"]))

    def _of_access(self, request: httpx.Request, operation: Operation) -> Iterator[str]:
        wanted = operation.node.get("security", self._root.get("security", []))
        kind = request.headers.get("authorization", "").partition(" ")[0].lower()
        schemes = cast("Mapping[str, Node]", self._root.get("components", {}).get("securitySchemes", {}))
        allowed = {
            "bearer" if scheme["type"] in {"oauth2", "openIdConnect"} else str(scheme.get("scheme", "")).lower()
            for one in cast("Sequence[Mapping[str, object]]", wanted)
            for scheme in (schemes[name] for name in one)
        }
        if wanted and kind not in allowed:
            yield f"access by {kind or 'nothing'}, and the document wants {' or '.join(sorted(allowed))}"

    def _of_body(self, request: httpx.Request, where: str, body: Node) -> Iterator[str]:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        media = cast("Mapping[str, Node]", body["content"])
        if kind not in media:
            yield f"a body of {kind or 'no type'}, and the document takes {', '.join(media)}"
            return
        schema = media[kind].get("schema", {})
        if kind.endswith("json"):
            given: object = json.loads(request.content)
        elif kind == "multipart/form-data":
            # A file's bytes as text, one character each.
            given = self._fields([(name, value.decode("latin-1")) for name, value in parts_of(request)], schema)
        elif kind == "application/x-www-form-urlencoded":
            given = self._fields(parse_qsl(request.content.decode(), keep_blank_values=True), schema)
        else:
            given = request.content.decode("latin-1")
        pointer = f"{where}/content/{_escaped(kind)}/schema"
        yield from (f"body: {what}" for what in self._against(given, {"$ref": f"{_AT}#{pointer}"}))

    def _fields(self, pairs: Sequence[tuple[str, str]], schema: Node) -> dict[str, object]:
        """A form as the object which its schema describes."""
        _, object_schema = self._resolved("", schema)
        properties = cast("Mapping[str, Node]", object_schema.get("properties", {}))
        names = dict.fromkeys(name for name, _ in pairs)
        return {
            name: self._coerced([v for n, v in pairs if n == name], properties.get(name, {}), explode=True)
            for name in names
        }

    def _coerced(self, values: Sequence[str], schema: Node, *, explode: bool) -> object:
        """Text as the type its schema names; what is of no such type stays text and is refused by the schema."""
        _, schema = self._resolved("", schema)
        for inner in (one for word in _COMBINED for one in cast("Sequence[Node]", schema.get(word, ()))):
            given = self._coerced(values, inner, explode=explode)
            if not isinstance(given, str) and not any(self._against(given, inner)):
                return given
        kind = schema.get("type")
        if kind == "array":
            many = values if explode else values[0].split(",")
            return [self._coerced([one], schema.get("items", {}), explode=False) for one in many]
        text = values[0]
        if kind == "integer" and _WHOLE.fullmatch(text):
            return int(text)
        if kind == "number" and _NUMBER.fullmatch(text):
            return float(text)
        return {"true": True, "false": False}.get(text, text) if kind == "boolean" else text

    def _against(self, given: object, schema: Node) -> Iterator[str]:
        """What a schema of the document has against a value."""
        absolute = _absolute(schema)
        validator = OAS30WriteValidator(
            absolute, registry=self._registry, format_checker=OAS30WriteValidator.FORMAT_CHECKER
        )
        for error in validator.iter_errors(given):
            yield f"{'.'.join(map(str, error.absolute_path)) or 'all of it'}: {error.message[:300]}"

    def _resolved(self, where: str, node: Node) -> tuple[str, Node]:
        """A node behind its `$ref`s, and where it stands."""
        while "$ref" in node:
            where = str(node["$ref"]).removeprefix("#")
            at: Any = self._root
            for step in where.strip("/").split("/"):
                at = at[step.replace("~1", "/").replace("~0", "~")]
            node = at
        return where, node


async def requests_of(case: ConnectorCase) -> list[httpx.Request]:
    """Every request that a connector makes on the way through its contract."""
    sent: list[httpx.Request] = []
    for scenario in case.scenarios:
        prepared = await _prepared(case, scenario, sent)
        with _stage(case, scenario.publish, sent) as wire:
            await case.connector.publish(wire, case.connected, prepared, case.key)
    for looking in case.looking:
        prepared = looking.prepared or await _prepared(case, case.scenarios[0], sent)
        with _stage(case, looking.steps, sent) as wire:
            await case.connector.find(wire, case.connected, prepared, case.key, case.since)
    for call in case.calls:
        with _stage(case, call.steps, sent) as wire:
            await call.call(wire)
    return sent


async def _prepared(case: ConnectorCase, scenario: Scenario, sent: list[httpx.Request]) -> Prepared:
    with _stage(case, scenario.prepare, sent, scenario.pages) as wire:
        return await case.connector.prepare(wire, case.endpoints, case.connected, scenario.draft, case.key, None)


@contextmanager
def _stage(
    case: ConnectorCase, steps: Sequence[Step], sent: list[httpx.Request], pages: Mapping[str, Page] | None = None
) -> Iterator[NotingWire]:
    """A wire over a script; what was sent is kept."""
    script = Script(steps, refusals=case.refusals)
    yield NotingWire(case.connector.spec, script, pages or {})
    sent += script.requests


class Recorder(httpx.AsyncBaseTransport):
    """Passes requests on and keeps them, their bodies read: what a run against a stand-in sent."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner
        self.sent: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Keep and pass on."""
        await request.aread()
        self.sent.append(request)
        return await self._inner.handle_async_request(request)


def _absolute(schema: Any) -> Any:  # noqa: ANN401  # any JSON
    """The schema with its references into the document made absolute."""
    if isinstance(schema, Mapping):
        return {
            name: f"{_AT}{value}" if name == "$ref" and str(value).startswith("#") else _absolute(value)
            for name, value in cast("Mapping[str, Any]", schema).items()
        }
    return [_absolute(one) for one in cast("list[Any]", schema)] if isinstance(schema, list) else schema


def _name(text: str) -> str:
    """A parameter's name as the name of a group."""
    return re.sub(r"\W", "_", text)


def _escaped(key: str) -> str:
    """One step of a JSON pointer."""
    return key.replace("~", "~0").replace("/", "~1")
