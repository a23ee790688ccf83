"""What the tests of this folder share."""

import pytest

from tests.platforms.certificates import Certificates, make


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """TLS for loopback."""
    return make(tmp_path_factory.mktemp("tls"))
