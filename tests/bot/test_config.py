"""The environment: defaults, every fault at once, and the same list in the documents."""

import base64
import re
from pathlib import Path

import pytest

from bot.config import ConfigurationError, read_settings, variables
from bot.domain.accounts import Secret
from bot.domain.media_place import BucketPlace
from platforms import REGISTER

PLATFORMS = tuple(REGISTER)
KEY = base64.b64encode(bytes(range(32))).decode()
DOCUMENT = Path(__file__).parents[2] / "docs" / "configuration.md"


def test_an_empty_environment_means_sqlite_in_the_data_folder() -> None:
    settings = read_settings({"PATH": "/bin", "HERALD_PORT": ""}, PLATFORMS)
    assert settings.on_sqlite
    assert settings.database_url == f"sqlite:///{Path('data/herald.db').absolute()}"
    assert settings.media_dir == Path("data/media")
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert not settings.allow_private_addresses


def test_media_lies_in_a_folder_or_in_a_bucket() -> None:
    keys = {"AWS_ACCESS_KEY_ID": "AKIA1", "AWS_SECRET_ACCESS_KEY": "hunter2"}
    folder = read_settings({"HERALD_MEDIA_URL": "file:///srv/media%20files", **keys}, PLATFORMS)
    address = "s3://media/prod/eu/?endpoint=https://s3.example.org/&region=eu-1"
    bucket = read_settings({"HERALD_MEDIA_URL": address, "HERALD_MEDIA_KEEP_DAYS": "30", **keys}, PLATFORMS)
    amazon = read_settings({"HERALD_MEDIA_URL": "s3://media"}, PLATFORMS)

    assert (folder.media_dir, folder.media_bucket, folder.keep_media_days) == (Path("/srv/media files"), None, 90)
    assert (bucket.media_dir, bucket.keep_media_days) == (Path("data/media-cache"), 30)
    assert bucket.media_bucket == BucketPlace(
        bucket="media",
        prefix="prod/eu",
        endpoint="https://s3.example.org",
        region="eu-1",
        key_id="AKIA1",
        secret=Secret("hunter2"),
    )
    assert "hunter2" not in repr(bucket.media_bucket)
    assert amazon.media_bucket == BucketPlace(bucket="media")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("https://s3.example.org/media", "is not a media store"),
        ("file://elsewhere/media", "is not a media store"),
        ("s3:///prefix", "names no bucket"),
        ("s3://AKIA1:hunter2@media/", "names no bucket"),
        ("s3://media?acl=public", "has a setting 'acl'"),
        ("s3://media?endpoint=s3.example.org", "has an endpoint that is no web address"),
        ("s3://media?endpoint=http://", "has an endpoint that is no web address"),
        ("s3://media?endpoint=https://s3.example.org:99999", "has an endpoint that is no web address"),
        ("s3://[media/prefix", "is not a media store"),
    ],
)
def test_an_address_of_no_media_store_is_refused(address: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_settings({"HERALD_MEDIA_URL": address}, PLATFORMS)
    assert said in caught.value.faults[0]
    assert "hunter2" not in caught.value.faults[0]


@pytest.mark.parametrize("given", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"])
def test_half_a_key_of_a_bucket_is_refused_and_without_a_bucket_is_nothing(given: str) -> None:
    missing = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} - {given}
    with pytest.raises(ConfigurationError) as caught:
        read_settings({"HERALD_MEDIA_URL": "s3://media", given: "hunter2"}, PLATFORMS)
    assert {fault.partition(" ")[0] for fault in caught.value.faults} == missing
    assert "hunter2" not in str(caught.value)
    assert read_settings({given: "hunter2"}, PLATFORMS).media_bucket is None


def test_every_fault_is_listed_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_settings(
            {
                "HERALD_PORT": "70000",
                "HERALD_PUBLC_URL": "https://herald.example.org",
                "HERALD_NONSENSE_AT_ALL": "1",
                "HERALD_ALLOW_PRIVATE_ADDRESSES": "yes",
                "HERALD_DATABASE_URL": "mysql://u:hunter2@h/x",
                "HERALD_SECRET_KEYS": "c2hvcnQ=",
                "HERALD_MASTODON_API_URL": "ftp://x",
            },
            PLATFORMS,
        )
    faults = caught.value.faults
    assert len(faults) == 7
    assert "HERALD_PUBLC_URL is not a setting Herald knows. Did you mean HERALD_PUBLIC_URL?" in faults
    assert "HERALD_NONSENSE_AT_ALL is not a setting Herald knows. Remove it." in faults
    assert "HERALD_PORT (70000) is not a port. Write a number from 1 to 65535." in faults
    assert "hunter2" not in str(caught.value)
    assert "c2hvcnQ" not in str(caught.value)


def test_postgresql_demands_keys() -> None:
    address = {"HERALD_DATABASE_URL": "postgres://herald@localhost/herald"}
    with pytest.raises(ConfigurationError, match="HERALD_SECRET_KEYS is missing"):
        read_settings(address, PLATFORMS)
    settings = read_settings({**address, "HERALD_SECRET_KEYS": KEY}, PLATFORMS)
    assert settings.database_url == "postgresql://herald@localhost/herald"
    assert settings.given_keys == (bytes(range(32)),)


@pytest.mark.parametrize("place", ["h:99999/n", "u:p@h:x/n", "u:p:w@h:0/n", "[::1]:70000/n"])
def test_an_address_of_a_database_has_a_port_that_can_be(place: str) -> None:
    with pytest.raises(ConfigurationError, match="HERALD_DATABASE_URL has no port from 1 to 65535"):
        read_settings({"HERALD_DATABASE_URL": f"postgresql://{place}", "HERALD_SECRET_KEYS": KEY}, ["x"])


@pytest.mark.parametrize("place", ["h/n", "u:p@h:5432/n", "u:p:w@[::1]:5432/n", "u@/n?host=/run/pg", "[::1]/n"])
def test_any_address_that_postgresql_takes_is_taken(place: str) -> None:
    found = read_settings({"HERALD_DATABASE_URL": f"postgresql://{place}", "HERALD_SECRET_KEYS": KEY}, ["x"])
    assert found.database_url == f"postgresql://{place}"


@pytest.mark.parametrize("given", [" ", ",", " ,\n"])
def test_a_key_ring_without_a_key_is_none(given: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        read_settings({"HERALD_DATABASE_URL": "postgresql://h/n", "HERALD_SECRET_KEYS": given}, ["x"])
    assert len(refused.value.faults) == 1
    assert refused.value.faults[0].startswith("HERALD_SECRET_KEYS ")


@pytest.mark.parametrize(
    "address",
    [
        "https://herald.example:99999",
        "https://[::1",
        "http://herald.example:web",
        "http://herald example",
        "http://h\udce9",
    ],
)
def test_an_address_with_a_port_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        read_settings({"HERALD_PUBLIC_URL": address}, ["x"])
    assert refused.value.faults == (
        f"HERALD_PUBLIC_URL ({address}) is not a web address. Write it as https://herald.example.org.",
    )


def test_a_platform_is_told_where_it_is() -> None:
    settings = read_settings(
        {
            "HERALD_BLUESKY_API_URL": "http://127.0.0.1:1/",
            "HERALD_BLUESKY_PLC_URL": "http://127.0.0.1:2",
            "HERALD_BLUESKY_WEB_URL": "http://127.0.0.1:3/",
        },
        PLATFORMS,
    )
    assert settings.platforms["bluesky"].api_url == "http://127.0.0.1:1"
    assert settings.platforms["bluesky"].directory_url == "http://127.0.0.1:2"
    assert settings.platforms["bluesky"].web_url == "http://127.0.0.1:3"


@pytest.mark.parametrize(
    ("given", "faults"),
    [
        ({}, []),
        ({"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}, []),
        ({"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s"}, []),
        ({"SLACK_CLIENT_ID": "1", "SLACK_CLIENT_SECRET": "s", "SLACK_SIGNING_SECRET": "s"}, []),
        ({"SLACK_CLIENT_ID": "1", "SLACK_CLIENT_SECRET": "s", "SLACK_APP_TOKEN": "xapp-1"}, []),
        ({"SLACK_CLIENT_ID": "1", "SLACK_SIGNING_SECRET": "s"}, ["SLACK_CLIENT_SECRET is missing"]),
        ({"SLACK_CLIENT_SECRET": "s", "SLACK_APP_TOKEN": "xapp-1"}, ["SLACK_CLIENT_ID is missing"]),
        ({"SLACK_BOT_TOKEN": "xoxb-1"}, ["SLACK_APP_TOKEN or SLACK_SIGNING_SECRET is missing"]),
        ({"SLACK_APP_TOKEN": "xapp-1"}, ["SLACK_BOT_TOKEN is missing"]),
        ({"SLACK_SIGNING_SECRET": "s"}, ["SLACK_BOT_TOKEN is missing"]),
        (
            {"SLACK_CLIENT_ID": "1"},
            ["SLACK_CLIENT_SECRET is missing", "SLACK_APP_TOKEN or SLACK_SIGNING_SECRET is missing"],
        ),
        (
            {"SLACK_BOT_TOKEN": "xapp-1", "SLACK_APP_TOKEN": "xoxb-1"},
            ["SLACK_BOT_TOKEN is not the right token", "SLACK_APP_TOKEN is not the right token"],
        ),
    ],
)
def test_half_of_slack_is_refused(given: dict[str, str], faults: list[str]) -> None:
    found: tuple[str, ...] = ()
    try:
        read_settings(given, PLATFORMS)
    except ConfigurationError as error:
        found = error.faults

    assert len(found) == len(faults)
    assert all(said.startswith(expected) for said, expected in zip(found, faults, strict=True))


def test_half_of_an_app_is_refused_and_a_whole_one_is_kept() -> None:
    whole = {"MASTODON_CLIENT_ID": "id", "MASTODON_CLIENT_SECRET": "hush"}
    of = read_settings(whole, PLATFORMS).platforms["mastodon"]
    assert (of.client_id, of.client_secret) == ("id", "hush")
    for missing in whole:
        (given,) = set(whole) - {missing}
        with pytest.raises(ConfigurationError, match=f"{missing} is missing: {given}"):
            read_settings({given: "x"}, PLATFORMS)


def test_no_secret_shows_in_a_repr() -> None:
    settings = read_settings(
        {
            "HERALD_SECRET_KEYS": KEY,
            "HERALD_DATABASE_URL": "postgresql://u:hunter2@h/x",
            "SLACK_BOT_TOKEN": "xoxb-hunter2",
            "SLACK_APP_TOKEN": "xapp-hunter2",
            "SLACK_SIGNING_SECRET": "hunter2",
            "MASTODON_CLIENT_ID": "1",
            "MASTODON_CLIENT_SECRET": "hunter2",
        },
        PLATFORMS,
    )
    for shown in (repr(settings), repr(settings.slack), repr(settings.platforms)):
        assert "hunter2" not in shown
        assert "x00" not in shown


def test_the_document_lists_exactly_what_the_code_reads() -> None:
    rows = re.findall(r"^\| `([A-Z_<>]+)` \| (.*?) \| (.*?) \|$", DOCUMENT.read_text(), re.MULTILINE)
    assert rows == [
        (variable.name, variable.default or "none", variable.meaning) for variable in variables(("<NETWORK>",))
    ]
