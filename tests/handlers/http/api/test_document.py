"""The API's own description is a valid document, has every endpoint, and its examples are what it says."""

from html import escape
from typing import Any

import httpx
import pytest
from jsonschema.protocols import Validator
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from handlers.http.api.document import document
from handlers.http.api.register import ENDPOINTS
from handlers.http.app import application
from tests.handlers.http.api.caller import HERE
from tests.toy_queue import Queue

_WHOLE = document(ENDPOINTS)
_OPERATIONS = [
    (f"{method.upper()} {path}", operation)
    for path, methods in _WHOLE["paths"].items()
    for method, operation in methods.items()
]


def _validator(schema: dict[str, Any]) -> Validator:
    resource = Resource(contents=_WHOLE, specification=DRAFT202012)
    registry: Registry[Any] = Registry().with_resource("urn:herald", resource)
    resolved = {"$ref": f"urn:herald{schema['$ref']}"} if "$ref" in schema else schema
    return OAS31Validator(resolved, registry=registry)


def test_the_document_is_a_valid_one_with_every_endpoint() -> None:
    OpenAPIV31SpecValidator(_WHOLE).validate()

    assert {name for name, _ in _OPERATIONS} == {endpoint.name for endpoint in ENDPOINTS}
    ids = [operation["operationId"] for _, operation in _OPERATIONS]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("name", [name for name, _ in _OPERATIONS])
def test_every_example_is_what_its_schema_says(name: str) -> None:
    operation = dict(_OPERATIONS)[name]
    contents = [one for answer in operation["responses"].values() for one in answer["content"].values()]
    contents += [one for one in operation.get("requestBody", {"content": {}})["content"].values() if "example" in one]
    shown = 0
    for content in contents:
        examples = [one["value"] for one in content.get("examples", {}).values()]
        for example in [*examples, *([content["example"]] if "example" in content else [])]:
            _validator(content["schema"]).validate(example)
            shown += 1
    for parameter in operation["parameters"]:
        if "example" in parameter:
            _validator(parameter["schema"]).validate(parameter["example"])
    shows = operation["responses"]["200"]["content"].get("application/json", {"example": "a table"})
    assert "example" in shows, "it shows no answer"
    assert shown >= len(operation["responses"]) - 1


@pytest.mark.parametrize("path", ["/openapi.json", "/api/v1/openapi.json", "/v1/openapi.json"])
async def test_the_document_is_served_to_anybody(toy: Queue, path: str) -> None:
    transport = httpx.ASGITransport(application(toy.deps, public_url=HERE))
    async with httpx.AsyncClient(transport=transport, base_url=HERE) as client:
        answer = await client.get(path)
        again = await client.get(path, headers={"If-None-Match": answer.headers["etag"]})

    assert answer.json() == _WHOLE
    assert answer.headers["content-type"] == "application/json"
    assert again.status_code == 304


async def test_the_page_of_the_document_names_every_endpoint_and_asks_nobody_else(toy: Queue) -> None:
    transport = httpx.ASGITransport(application(toy.deps, public_url=HERE))
    async with httpx.AsyncClient(transport=transport, base_url=HERE) as client:
        answer = await client.get("/docs")

    assert answer.status_code == 200
    assert "<script" not in answer.text
    assert "src=" not in answer.text
    for endpoint in ENDPOINTS:
        assert endpoint.path in answer.text
        assert escape(endpoint.summary) in answer.text
