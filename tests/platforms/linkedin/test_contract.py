"""The contract of all connectors, kept by LinkedIn's."""

from pathlib import Path

from platforms.linkedin import CONNECTOR
from tests.platforms.contract import ConnectorCase, ContractTests
from tests.platforms.linkedin.calls import CALLS
from tests.platforms.linkedin.limits import LIMITS
from tests.platforms.linkedin.looks import LOOKING
from tests.platforms.linkedin.samples import AT, CONNECTED, ENDPOINTS, KEY
from tests.platforms.linkedin.scenarios import SCENARIOS


class TestLinkedIn(ContractTests):
    """LinkedIn keeps the contract."""

    case = ConnectorCase(
        connector=CONNECTOR,
        connected=CONNECTED,
        endpoints=ENDPOINTS,
        key=KEY,
        folder=Path(__file__).parents[3] / "platforms/linkedin",
        refusals={
            401: b'{"status":401,"serviceErrorCode":65600,"code":"INVALID_ACCESS_TOKEN",'
            b'"message":"Invalid access token"}',
            403: b'{"status":403,"serviceErrorCode":100,"code":"ACCESS_DENIED",'
            b'"message":"Not enough permissions to access: posts.CREATE"}',
            429: b'{"status":429,"code":"TOO_MANY_REQUESTS",'
            b'"message":"Resource level throttle limit for calls to this resource is reached."}',
        },
        scenarios=SCENARIOS,
        looking=LOOKING,
        limits=LIMITS,
        calls=CALLS,
        since=AT,
    )
