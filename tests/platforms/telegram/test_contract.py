"""The contract of all connectors, with the requests and answers of Telegram's documentation."""

from tests.platforms.contract import ContractTests
from tests.platforms.telegram.case import CASE


class TestTelegram(ContractTests):
    """Telegram keeps the contract."""

    case = CASE
