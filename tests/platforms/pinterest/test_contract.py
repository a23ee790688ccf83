"""The contract of all connectors, with the requests and answers of Pinterest's documentation."""

from tests.platforms.contract import ContractTests
from tests.platforms.openapi import document_at, requests_of
from tests.platforms.pinterest.case import CASE


class TestPinterest(ContractTests):
    """Pinterest keeps the contract."""

    case = CASE


async def test_every_request_is_as_pinterests_own_document_says() -> None:
    document = document_at("HERALD_PINTEREST_OPENAPI")
    requests = await requests_of(CASE)
    assert document.violations([one for one in requests if one.url.host == "api.pinterest.com"]) == []
    assert {one.url.path for one in requests if one.url.host != "api.pinterest.com"} == {"/"}
