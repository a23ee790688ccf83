"""The API's own description: an OpenAPI 3.1 document made from the table of endpoints."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

import msgspec

from handlers.http.api.endpoint import Endpoint
from handlers.http.api.errors import ErrorBody, Family, Fault

_Json = dict[str, Any]
_REFERENCE = "#/components/schemas/{name}"
_NAME = r"^[A-Za-z0-9_.~-]{1,100}$"
_PRINTABLE = r"^[!-~]{1,128}$"
_EVERYWHERE = (
    Fault.INVALID,
    Fault.UNAUTHORIZED,
    Fault.FORBIDDEN,
    Fault.SCOPE_MISSING,
    Fault.TOO_LARGE,
    Fault.RATE_LIMITED,
    Fault.INTERNAL,
    Fault.UNAVAILABLE,
)
_SAYS = {
    Fault.INVALID: "A parameter or the body is wrong; `param` names it.",
    Fault.UNAUTHORIZED: "The key is missing or not good.",
    Fault.FORBIDDEN: "The key is not good for this workspace.",
    Fault.SCOPE_MISSING: "The key lacks the scope, which the message names.",
    Fault.NOT_FOUND: "There is no such thing in this workspace.",
    Fault.METHOD: "The path is not for this method.",
    Fault.CONFLICT: "It does not fit how things are now, or the Idempotency-Key stands for another call.",
    Fault.ALREADY_PUBLISHED: "It went out already, or is going out.",
    Fault.INTEGRATION_NOT_CONNECTED: "The integration is not connected.",
    Fault.PUBLISHING_DISABLED: "Publishing is switched off for the mission.",
    Fault.TOO_LARGE: "The body is too large.",
    Fault.STORAGE_FULL: "There is no room for the file.",
    Fault.PLATFORM_NOT_CONNECTED: "There is no connected account for it.",
    Fault.RATE_LIMITED: "Too many calls in this minute.",
    Fault.INTERNAL: "Something went wrong in Herald.",
    Fault.UNAVAILABLE: "The service behind it cannot be reached now.",
}
_DESCRIPTION = """\
Plan, publish and measure social posts. The same things are served under `/api/v1` and `/v1`.

Send a key as `x-api-key`, or as `Authorization: Bearer`. A key is made with `herald keys create`. Times are UTC,
`2026-11-27T08:00:00Z`. Fields that are not known are ignored. A POST with an `Idempotency-Key` is done once: its
repetition within a day gets the first answer again. What answers GET answers HEAD too."""

_HEADERS: _Json = {
    "X-Request-Id": {"description": "The call's name in Herald's log.", "schema": {"type": "string"}, "required": True},
    "X-RateLimit-Limit": {"description": "Calls a minute.", "schema": {"type": "integer"}, "required": True},
    "X-RateLimit-Remaining": {
        "description": "Calls left in this minute.",
        "schema": {"type": "integer"},
        "required": True,
    },
    "X-RateLimit-Reset": {
        "description": "When all of them come back, in Unix seconds.",
        "schema": {"type": "integer"},
        "required": True,
    },
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}, "required": True},
    "WWW-Authenticate": {"description": "How to authenticate.", "schema": {"type": "string"}, "required": True},
    "Idempotent-Replayed": {
        "description": "`true`: this is the answer to an earlier call with this Idempotency-Key.",
        "schema": {"type": "string", "enum": ["true"]},
    },
}
_ALWAYS = ("X-Request-Id", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
_EXTRA_HEADERS = {401: ("WWW-Authenticate",), 429: ("Retry-After",)}


def document(endpoints: Sequence[Endpoint]) -> _Json:
    """The whole document."""
    kinds = list(dict.fromkeys(_kinds(endpoints)))
    found, schemas = msgspec.json.schema_components([*kinds, ErrorBody], ref_template=_REFERENCE)
    known = _Known(of=dict(zip((*kinds, ErrorBody), found, strict=True)), schemas=schemas)
    paths: dict[str, _Json] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, known)
    unused = {_last(known.of[kind]) for kind in _kinds_inside(endpoints)}
    used = {name: schema for name, schema in schemas.items() if name not in unused}
    whole: _Json = {
        "openapi": "3.1.0",
        "info": {"title": "Herald", "version": version("herald"), "description": _DESCRIPTION},
        "servers": [{"url": "/api/v1"}, {"url": "/v1"}],
        "security": [{"apiKey": []}, {"bearer": []}],
        "tags": [{"name": tag} for tag in dict.fromkeys(endpoint.tag for endpoint in endpoints)],
        "paths": paths,
        "components": {
            "schemas": used,
            "headers": _HEADERS,
            "securitySchemes": {
                "apiKey": {"type": "apiKey", "in": "header", "name": "x-api-key"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
    }
    return _with_short_names(whole)


def _with_short_names(whole: _Json) -> _Json:
    """Names of schemas without the modules and brackets they have where two are called the same."""
    text, names = json.dumps(whole), list(whole["components"]["schemas"])
    for name in names:
        text = text.replace(f'"{_REFERENCE.format(name=name)}"', f'"{_REFERENCE.format(name=_short(name))}"')
    renamed: _Json = json.loads(text)
    schemas = renamed["components"]["schemas"]
    renamed["components"]["schemas"] = {_short(name): schemas[name] for name in names}
    return renamed


def _short(name: str) -> str:
    *modules, last = name.split(".")
    room = "".join(word.title() for word in modules[-1].split("_")) if modules else ""
    return room + last.replace("_", "").replace("[", "").replace("]", "")


def written(endpoints: Sequence[Endpoint]) -> bytes:
    """The document as it is served."""
    return json.dumps(document(endpoints), ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """The schema of each type, which refers to one of `schemas`."""

    of: Mapping[Any, _Json]
    schemas: Mapping[str, _Json]

    def whole(self, kind: Any) -> _Json:  # noqa: ANN401  # a Struct
        """The schema itself."""
        return self.schemas[_last(self.of[kind])]


def _last(reference: _Json) -> str:
    return str(reference.get("$ref", "")).rpartition("/")[2]


def _kinds(endpoints: Sequence[Endpoint]) -> Iterator[Any]:
    for endpoint in endpoints:
        yield endpoint.answer
        if endpoint.body is not None:
            yield endpoint.body
    yield from _kinds_inside(endpoints)


def _kinds_inside(endpoints: Sequence[Endpoint]) -> Iterator[Any]:
    """Those whose fields stand in the operations themselves."""
    for endpoint in endpoints:
        if endpoint.query is not None:
            yield endpoint.query
        if endpoint.form is not None:
            yield endpoint.form.fields


def _operation(endpoint: Endpoint, known: _Known) -> _Json:
    said: _Json = {
        "operationId": _operation_id(endpoint),
        "tags": [endpoint.tag],
        "summary": endpoint.summary,
        "parameters": [
            *_path_parameters(endpoint),
            *_query_parameters(endpoint, known),
            *_header_parameters(endpoint),
        ],
        "responses": _responses(endpoint, known),
    }
    scope = f"Scope: `{endpoint.scope}`." if endpoint.scope is not None else "Any good key will do."
    said["description"] = f"{endpoint.description} {scope}".strip()
    if endpoint.scope is not None:
        said["x-scope"] = endpoint.scope
    if (body := _request_body(endpoint, known)) is not None:
        said["requestBody"] = body
    return said


def _operation_id(endpoint: Endpoint) -> str:
    words = endpoint.path.replace("{", "by-").replace("}", "").replace("_", "-").strip("/").replace("/", "-")
    return f"{endpoint.method.lower()}-{words}"


# --- What goes in --------------------------------------------------------------------------------------------------


def _path_parameters(endpoint: Endpoint) -> list[_Json]:
    names = [word[1:-1] for word in endpoint.path.split("/") if word.startswith("{")]
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "pattern": _NAME}} for name in names
    ]


def _query_parameters(endpoint: Endpoint, known: _Known) -> list[_Json]:
    if endpoint.query is None:
        return []
    whole = known.whole(endpoint.query)
    examples = endpoint.example_query or {}
    found: list[_Json] = []
    for name, schema in whole["properties"].items():
        plain = _not_null(schema)
        parameter = {"name": name, "in": "query", "required": name in whole.get("required", ()), "schema": plain}
        if "description" in plain:
            parameter["description"] = plain["description"]
        if name in examples:
            parameter["example"] = _typed(examples[name], plain)
        found.append(parameter)
    return found


def _not_null(schema: _Json) -> _Json:
    """Without null, which no query can say."""
    options = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    if len(options) == 1:
        return options[0] | {name: value for name, value in schema.items() if name == "description"}
    return schema


def _typed(text: str, schema: _Json) -> object:
    return int(text) if schema.get("type") == "integer" else text


def _header_parameters(endpoint: Endpoint) -> list[_Json]:
    workspace = {
        "name": "X-Workspace-Id",
        "in": "header",
        "required": endpoint.needs_workspace_header,
        "description": "The workspace meant; the key's own.",
        "schema": {"type": "string", "pattern": _PRINTABLE},
    }
    found: list[_Json] = [
        workspace,
        {
            "name": "X-Request-Id",
            "in": "header",
            "description": "Comes back in the answer and stands in the log; made if it is left out.",
            "schema": {"type": "string"},
        },
    ]
    if endpoint.family is Family.B:
        tenant = {**workspace, "name": "X-Tenant-ID", "description": "The same, by another name."}
        found.append(tenant)
    if endpoint.repeatable:
        found.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "description": "The call's own name: with it, it is done once, however often it is sent.",
                "schema": {"type": "string", "pattern": r"^[!-~]{1,255}$"},
            }
        )
    return found


def _request_body(endpoint: Endpoint, known: _Known) -> _Json | None:
    if endpoint.form is not None:
        fields = known.whole(endpoint.form.fields)
        file = {"type": "string", "format": "binary", "contentMediaType": "application/octet-stream"}
        schema = {
            "type": "object",
            "properties": {**fields["properties"], endpoint.form.file: file},
            "required": [*fields.get("required", ()), endpoint.form.file],
        }
        return {"required": True, "content": {"multipart/form-data": {"schema": schema}}}
    if endpoint.body is None:
        return None
    content: _Json = {"schema": known.of[endpoint.body]}
    if endpoint.example_body is not None:
        content["example"] = dict(endpoint.example_body)
    return {"required": endpoint.needs_body, "content": {"application/json": content}}


# --- What comes out ------------------------------------------------------------------------------------------------


def _responses(endpoint: Endpoint, known: _Known) -> dict[str, _Json]:
    headers = (*_ALWAYS, "Idempotent-Replayed") if endpoint.repeatable else _ALWAYS
    content: _Json = {"schema": known.of[endpoint.answer]}
    if endpoint.example_answer is not None:
        content["example"] = dict(endpoint.example_answer)
    good = {
        "description": "It is done.",
        "headers": _headers(headers),
        "content": {endpoint.media_type.partition(";")[0]: content},
    }
    faults = [*_EVERYWHERE, *endpoint.faults]
    if "{" in endpoint.path:
        faults.append(Fault.NOT_FOUND)
    if endpoint.repeatable:
        faults.append(Fault.CONFLICT)
    by_status: dict[int, list[Fault]] = {}
    for fault in dict.fromkeys(faults):
        by_status.setdefault(fault.status, []).append(fault)
    return {"200": good} | {
        str(status): _refused(endpoint, known, status, by_status[status]) for status in sorted(by_status)
    }


def _refused(endpoint: Endpoint, known: _Known, status: int, faults: Sequence[Fault]) -> _Json:
    return {
        "description": " ".join(dict.fromkeys(_SAYS[fault] for fault in faults)),
        "headers": _headers((*_ALWAYS, *_EXTRA_HEADERS.get(status, ()))),
        "content": {
            "application/json": {
                "schema": known.of[ErrorBody],
                "examples": {fault.code(endpoint.family): {"value": _example(endpoint, fault)} for fault in faults},
            }
        },
    }


def _example(endpoint: Endpoint, fault: Fault) -> _Json:
    error: _Json = {
        "code": fault.code(endpoint.family),
        "message": _SAYS[fault].replace("`", ""),
        "request_id": "req_0f1e2d3c4b5a69788796a5b4",
    }
    if fault is Fault.RATE_LIMITED:
        error |= {"retry_after": 12, "retryAfter": 12}
    return {"error": error}


def _headers(names: Sequence[str]) -> dict[str, _Json]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def phrase(status: str) -> str:
    """The usual words of a status."""
    return HTTPStatus(int(status)).phrase
