"""The check of requests against a vendor's document finds what it should."""

from typing import Any

import httpx
import pytest

from tests.platforms.openapi import Document, document_at

WORD = {"schema": {"$ref": "#/components/schemas/Word"}}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "servers": [{"url": "https://api.toy.example/v5"}],
    "components": {
        "schemas": {
            "Word": {"type": "string", "enum": ["a", "b"]},
            "Post": {
                "type": "object",
                "required": ["text"],
                "properties": {
                    "id": {"type": "string", "readOnly": True},
                    "text": {"type": "string", "maxLength": 5, "nullable": True},
                    "word": {"$ref": "#/components/schemas/Word"},
                },
                "additionalProperties": False,
            },
            "Piece": {
                "type": "object",
                "required": ["media", "number"],
                "properties": {
                    "media": {"anyOf": [{"type": "string", "format": "binary"}]},
                    "number": {"type": "integer", "maximum": 9},
                },
                "additionalProperties": False,
            },
        },
        "parameters": {"Id": {"name": "id", "in": "path", "required": True, "schema": {"pattern": "^[0-9]+$"}}},
        "securitySchemes": {"person": {"type": "oauth2"}, "app": {"type": "http", "scheme": "basic"}},
    },
    "security": [{"person": []}],
    "paths": {
        "/posts": {
            "get": {
                "parameters": [
                    {"name": "ids", "in": "query", "explode": False, "schema": {"type": "array", "maxItems": 2}},
                    {"name": "most", "in": "query", "required": True, "schema": {"type": "integer", "maximum": 9}},
                    {"name": "word", "in": "query", **WORD},
                ]
            },
            "post": {
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Post"}}},
                }
            },
        },
        "/posts/{id}": {
            "parameters": [{"$ref": "#/components/parameters/Id"}],
            "delete": {},
            "post": {
                "requestBody": {
                    "content": {"multipart/form-data": {"schema": {"$ref": "#/components/schemas/Piece"}}},
                }
            },
        },
        "/posts/latest": {"delete": {"security": [{"app": []}]}},
    },
}
HEADERS = {"authorization": "Bearer hush"}
PIECE = {"media": ("file", b"\xff\x00")}


def violations(method: str, path: str, **more: Any) -> list[str]:  # noqa: ANN401  # of httpx's
    """What is wrong with one request."""
    given: dict[str, Any] = {"headers": HEADERS, **more}
    request = httpx.Request(method, f"http://127.0.0.1:8000/v5{path}", **given)
    request.read()
    return Document(DOCUMENT).violations([request], beyond=("/oauth/",))


@pytest.mark.parametrize(
    ("method", "path", "more"),
    [
        ("GET", "/posts?ids=1,2&most=9&word=a", {}),
        ("POST", "/posts", {"json": {"text": None, "word": "b"}}),
        ("DELETE", "/posts/7", {}),
        ("DELETE", "/posts/latest", {"headers": {"authorization": "Basic aDpo"}}),
        ("POST", "/posts/7", {"files": PIECE, "data": {"number": "9"}}),
        ("POST", "/oauth/token", {"headers": {}}),
    ],
)
def test_what_the_document_says_is_no_violation(method: str, path: str, more: dict[str, Any]) -> None:
    assert violations(method, path, **more) == []


@pytest.mark.parametrize(
    ("method", "path", "more", "says"),
    [
        ("GET", "/nothing", {}, "no such operation"),
        ("PUT", "/posts", {}, "no such operation"),
        ("GET", "/posts", {}, "query parameter most is missing"),
        ("GET", "/posts?most=9&other=1", {}, "query parameter other is not in the document"),
        ("GET", "/posts?most=10", {}, "query most: all of it: 10 is greater"),
        ("GET", "/posts?most=some", {}, "query most: all of it: 'some' is not of type 'integer'"),
        ("GET", "/posts?most=9&ids=1,2,3", {}, "query ids: all of it: ['1', '2', '3'] is too long"),
        ("GET", "/posts?most=9&word=c", {}, "query word: all of it: 'c' is not one of"),
        ("GET", "/posts?most=9", {"headers": {}}, "access by nothing, and the document wants bearer"),
        ("DELETE", "/posts/latest", {}, "access by bearer, and the document wants basic"),
        ("DELETE", "/posts/x", {}, "path id: all of it: 'x' does not match"),
        ("DELETE", "/posts/7", {"json": {}}, "a body, and the document has none"),
        ("POST", "/posts", {}, "no body, and the document wants one"),
        ("POST", "/posts", {"data": {"text": "x"}}, "a body of application/x-www-form-urlencoded"),
        ("POST", "/posts", {"json": {"word": "a"}}, "'text' is a required property"),
        ("POST", "/posts", {"json": {"text": "sixsix"}}, "body: text: 'sixsix' is too long"),
        ("POST", "/posts", {"json": {"text": "x", "word": "c"}}, "body: word: 'c' is not one of"),
        ("POST", "/posts", {"json": {"text": "x", "id": "7"}}, "body: id: Tried to write read-only"),
        ("POST", "/posts", {"json": {"text": "x", "more": 1}}, "Additional properties are not allowed"),
        ("POST", "/posts/7", {"files": PIECE}, "'number' is a required property"),
        ("POST", "/posts/7", {"files": PIECE, "data": {"number": "10"}}, "body: number: 10 is greater"),
        ("POST", "/posts/7", {"files": PIECE, "data": {"number": "1", "x": "y"}}, "Additional properties"),
    ],
)
def test_whatever_else_is_sent_is_found(method: str, path: str, more: dict[str, Any], says: str) -> None:
    [found] = violations(method, path, **more)
    assert says in found


def test_without_the_document_a_test_is_skipped_aloud(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HERALD_TOY_OPENAPI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="HERALD_TOY_OPENAPI"):
        document_at("HERALD_TOY_OPENAPI")
