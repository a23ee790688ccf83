"""The API's description for programs (`/openapi.json`) and for people (`/docs`)."""

import asyncio
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from handlers.http import pages
from handlers.http.api.document import document, phrase, written
from handlers.http.api.endpoint import Endpoint

_Json = Mapping[str, Any]
_CACHE = "public, max-age=300"
_CODE = re.compile(r"`([^`]+)`")


def reference_routes(endpoints: Sequence[Endpoint], prefixes: Sequence[str], public_url: str) -> list[Route]:
    """`GET /openapi.json`, at the root and under each prefix, and `GET /docs`. Each is made when first asked for."""
    made: dict[str, Response] = {}
    content: list[bytes] = []

    async def serve(request: Request) -> Response:
        if not content:
            content.append(await asyncio.to_thread(written, endpoints))
        tag = f'"{hashlib.sha256(content[0]).hexdigest()[:32]}"'
        headers = {"ETag": tag, "Cache-Control": _CACHE, "Access-Control-Allow-Origin": "*"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(content[0], media_type="application/json", headers=headers)

    async def show(_request: Request) -> Response:
        if "page" not in made:
            made["page"] = await asyncio.to_thread(_page, document(endpoints), public_url)
        return made["page"]

    places = [Route(f"{prefix}/openapi.json", serve, methods=["GET"]) for prefix in ("", *prefixes)]
    return [*places, Route("/docs", show, methods=["GET"])]


def _page(whole: _Json, public_url: str) -> Response:
    tags = [tag["name"] for tag in whole["tags"]]
    parts = [pages.contents([(_slug(tag), tag) for tag in tags])]
    parts += [_paragraphs(whole["info"]["description"])]
    parts.append('<p><a href="/openapi.json">The same for programs: openapi.json</a></p>')
    for tag in tags:
        parts.append(f'<h2 id="{_slug(tag)}">{escape(tag)}</h2>')
        for path, methods in whole["paths"].items():
            for method, operation in methods.items():
                if tag in operation["tags"]:
                    parts.append(_operation(whole, path, method.upper(), operation, public_url))
    made = pages.page(200, "HTTP API", *parts, wide=True)
    made.headers["Cache-Control"] = _CACHE
    return made


def _operation(whole: _Json, path: str, method: str, operation: _Json, public_url: str) -> str:
    summary = (
        f'<span class="call"><b class="{method.lower()}">{method}</b> <code>{escape(path)}</code></span> '
        f'<span class="quiet">{escape(operation["summary"])}</span>'
    )
    inside = [f"<p>{_inline(operation['description'])}</p>"]
    inside.append(_parameters(operation["parameters"]))
    body = operation.get("requestBody")
    example: object = None
    if body is not None:
        kind, content = next(iter(body["content"].items()))
        example = content.get("example")
        inside.append(f"<h3>Body <small>{escape(kind)}</small></h3>{_fields(whole, content['schema'])}")
    inside.append(f"<h3>Call</h3>{_block(_curl(path, method, operation, example, public_url))}")
    kind, good = next(iter(operation["responses"]["200"]["content"].items()))
    inside.append(f"<h3>Answer <small>{escape(kind)}</small></h3>{_fields(whole, good['schema'])}")
    if "example" in good:
        inside.append(_block(json.dumps(good["example"], ensure_ascii=False, indent=2)))
    inside.append(f"<h3>Refusals</h3>{_refusals(operation['responses'])}")
    return (
        f'<details class="operation" id="{escape(operation["operationId"])}"><summary>{summary}</summary>'
        f"{''.join(inside)}</details>"
    )


def _parameters(parameters: Sequence[_Json]) -> str:
    rows = [
        [_named(one["name"], f"{one['in']}{', required' if one.get('required') else ''}"), _typed(one["schema"], one)]
        for one in parameters
    ]
    return f"<h3>Parameters</h3>{_table(('Name', 'Type'), rows)}"


def _named(name: str, hint: str) -> str:
    return f"<code>{escape(name)}</code>" + (f' <span class="hint">{escape(hint)}</span>' if hint else "")


def _typed(schema: _Json, described: _Json) -> str:
    words = _inline(_words(described))
    return _kind(schema) + (f'<span class="hint said">{words}</span>' if words else "")


def _fields(whole: _Json, schema: _Json, *, within: str = "", deep: int = 0) -> str:
    """A table of an object's fields, those of objects inside it by their full names."""
    rows = _rows(whole, schema, within, deep)
    return _table(("Field", "Type"), rows) if rows else ""


def _rows(whole: _Json, schema: _Json, within: str, deep: int) -> list[list[str]]:
    schema = _resolved(whole, schema)
    found: list[list[str]] = []
    for name, one in schema.get("properties", {}).items():
        full = f"{within}{name}"
        inner = _resolved(whole, one)
        found.append([_named(full, "" if name in schema.get("required", ()) else "optional"), _typed(inner, one)])
        if deep < _DEEPEST:
            items: _Json | None = inner.get("items")
            listed = items is not None
            found += _rows(whole, items if items is not None else inner, f"{full}{'[]' * listed}.", deep + 1)
    return found


_DEEPEST = 3


def _words(schema: _Json) -> str:
    if "description" in schema:
        return str(schema["description"])
    return next((str(one["description"]) for one in schema.get("anyOf", ()) if "description" in one), "")


def _resolved(whole: _Json, schema: _Json) -> _Json:
    """The schema a reference stands for, and of a choice with null the other half."""
    options = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    if len(options) == 1:
        return {**_resolved(whole, options[0]), "nullable": True}
    if "$ref" in schema:
        return whole["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def _kind(schema: _Json) -> str:
    options = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    if options:
        return " or ".join(_kind(one) for one in options) + " or null"
    null = " or null" if schema.get("nullable") else ""
    if "enum" in schema:
        return ", ".join(f"<code>{escape(str(value))}</code>" for value in schema["enum"]) + null
    kind = str(schema.get("type", "any"))
    if kind == "array":
        items = schema.get("items", {})
        return f"list of {_kind(items) if '$ref' not in items else 'objects'}{null}"
    bounds = [
        f"{word} {schema[name]}"
        for name, word in (("minimum", "from"), ("maximum", "to"), ("maxLength", "up to"))
        if name in schema
    ]
    return escape(" ".join([kind, *bounds])) + null


def _refusals(responses: _Json) -> str:
    rows = [
        [
            f'{status}<span class="hint said">{escape(phrase(status))}</span>',
            ", ".join(f"<code>{escape(code)}</code>" for code in answer["content"]["application/json"]["examples"])
            + f'<span class="hint said">{_inline(answer["description"])}</span>',
        ]
        for status, answer in responses.items()
        if status != "200"
    ]
    return _table(("Status", "Code"), rows)


def _curl(path: str, method: str, operation: _Json, example: object, public_url: str) -> str:
    lines = [f"curl -X {method} '{public_url}/api/v1{path}'", "-H 'x-api-key: hrld_…'"]
    needed = [one["name"] for one in operation["parameters"] if one["in"] == "header" and one.get("required")]
    lines += [f"-H '{name}: ws_…'" for name in needed]
    if example is not None:
        lines += ["-H 'Content-Type: application/json'", f"-d '{json.dumps(example, ensure_ascii=False)}'"]
    elif "requestBody" in operation:
        lines += ["-F file=@picture.jpg"]
    return " \\\n  ".join(lines)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """`rows` are HTML."""
    if not rows:
        return ""
    head = "".join(f"<th>{escape(one)}</th>" for one in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"{pages.TABLE}<thead><tr>{head}</tr></thead><tbody>{body}</tbody>{pages.TABLE_END}"


def _block(text: str) -> str:
    return f"{pages.CODE}<code>{escape(text)}</code></pre>"


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{_inline(' '.join(part.split()))}</p>" for part in text.split("\n\n"))


def _inline(text: str) -> str:
    return _CODE.sub(r"<code>\1</code>", escape(text))


def _slug(tag: str) -> str:
    return re.sub(r"\W+", "-", tag.casefold()).strip("-")
