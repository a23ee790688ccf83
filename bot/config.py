"""Settings from the environment: read once, by the wiring and the command line alone; everyone else is handed values.

`VARIABLES` and `PLATFORM_VARIABLES` are the whole list; docs/configuration.md says the same, by test. Names
beginning with HERALD_ that are not in it are refused, and every fault is listed at once.
"""

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from bot.domain.accounts import Secret
from bot.domain.media_place import BucketPlace, read_media_url
from bot.domain.settings import (
    read_database_url,
    read_keys,
    read_log_format,
    read_number,
    read_port,
    read_switch,
    read_token,
    read_web_address,
    read_web_address_or_none,
    read_words,
)


class ConfigurationError(Exception):
    """The environment cannot be used. `faults` has one sentence for each thing wrong with it."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__(" ".join(faults))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One environment variable. `read` turns its text into a value and raises ValueError with the end of a sentence."""

    name: str
    meaning: str
    default: str = ""
    """As documented; empty where there is none."""
    read: Callable[[str], object] = str
    secret: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformSettings:
    """What one platform is told: its app registration, and where it is if not where its specification says."""

    client_id: str | None = None
    client_secret: str | None = None
    api_url: str | None = None
    auth_url: str | None = None
    directory_url: str | None = None
    scopes: tuple[str, ...] = ()
    """What its app may ask for; empty: what the platform's rules say."""
    web_url: str | None = None
    """Where people read posts, if not at the platform's own site."""
    video_url: str | None = None
    """Where films are made ready, if not at the platform's own service."""

    def __repr__(self) -> str:
        """Show the addresses alone."""
        return f"PlatformSettings(api_url={self.api_url!r}, auth_url={self.auth_url!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackSettings:
    """What Slack gave us. All of it may be absent: then Herald does without Slack."""

    bot_token: str | None = None
    app_token: str | None = None
    signing_secret: str | None = None
    client_id: str | None = None
    client_secret: str | None = None
    api_url: str = "https://slack.com/api"

    def __repr__(self) -> str:
        """Show the address alone."""
        return f"SlackSettings(api_url={self.api_url!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything the environment decides."""

    data_dir: Path
    database_url: str
    """An address for `Database.open`: `sqlite:///FILE` or `postgresql://…`."""
    media_dir: Path
    """Where files lie on this machine: all of them, or those of `media_bucket` that were used lately."""
    media_bucket: BucketPlace | None
    keep_media_days: int
    api_calls_per_minute: int
    given_keys: tuple[bytes, ...]
    """HERALD_SECRET_KEYS; empty when it is not set."""
    public_url: str | None
    host: str
    port: int
    metrics_token: Secret | None
    log_format: str
    allow_private_addresses: bool
    slack: SlackSettings
    platforms: Mapping[str, PlatformSettings]

    @property
    def on_sqlite(self) -> bool:
        """Whether the database is a file of our own."""
        return self.database_url.startswith("sqlite")

    def __repr__(self) -> str:
        """Show no key and no database password."""
        return f"Settings(data_dir={self.data_dir!r}, on_sqlite={self.on_sqlite}, host={self.host!r}, port={self.port})"


VARIABLES = (
    Variable(name="HERALD_DATA_DIR", meaning="Folder for the database, media and keys.", default="./data", read=Path),
    Variable(
        name="HERALD_DATABASE_URL",
        meaning="`sqlite:///FILE` or `postgresql://USER:PASSWORD@HOST/NAME`.",
        default="sqlite, `herald.db` in the data folder",
        read=read_database_url,
        secret=True,
    ),
    Variable(
        name="HERALD_SECRET_KEYS",
        meaning="Key ring for stored tokens: base64 of 32 bytes each, comma-separated, newest first."
        " Required on PostgreSQL.",
        default="`secret.key` in the data folder, made at first use",
        read=read_keys,
        secret=True,
    ),
    Variable(
        name="HERALD_PUBLIC_URL",
        meaning="Where browsers reach Herald; consent pages send people back there, and networks fetch media.",
        default="`http://HOST:PORT`",
        read=read_web_address,
    ),
    Variable(name="HERALD_HOST", meaning="Address the web process listens on.", default="127.0.0.1"),
    Variable(name="HERALD_PORT", meaning="Port the web process listens on.", default="8000", read=read_port),
    Variable(
        name="HERALD_MEDIA_URL",
        meaning="Where media is kept: `file:///FOLDER`, or `s3://BUCKET/PREFIX?endpoint=URL&region=NAME` at any"
        " S3-compatible store.",
        default="`media` in the data folder",
        read=read_media_url,
        secret=True,
    ),
    Variable(
        name="HERALD_API_CALLS_PER_MINUTE",
        meaning="Calls each key to the HTTP API has a minute, unless it was made with a limit of its own.",
        default="60",
        read=read_number(1, 1_000_000, "calls"),
    ),
    Variable(
        name="HERALD_MEDIA_KEEP_DAYS",
        meaning="Days after which the bytes of files are deleted that no post needs any more.",
        default="90",
        read=read_number(3, 36_500, "days"),
    ),
    Variable(name="AWS_ACCESS_KEY_ID", meaning="Key of an S3 media store; none on a machine that has a role."),
    Variable(name="AWS_SECRET_ACCESS_KEY", meaning="Its secret.", secret=True),
    Variable(name="AWS_SESSION_TOKEN", meaning="Its session, where keys are temporary.", secret=True),
    Variable(name="HERALD_METRICS_TOKEN", meaning="Opens `/metrics`, as a Bearer token.", secret=True),
    Variable(name="HERALD_LOG_FORMAT", meaning="`text` or `json`.", default="text", read=read_log_format),
    Variable(
        name="HERALD_ALLOW_PRIVATE_ADDRESSES",
        meaning="`1` lets platform, card and media addresses be loopback or private. For tests.",
        default="0",
        read=read_switch,
    ),
    Variable(
        name="HERALD_BLUESKY_PLC_URL",
        meaning="Directory of Bluesky identities.",
        default="https://plc.directory",
        read=read_web_address,
    ),
    Variable(
        name="HERALD_BLUESKY_WEB_URL",
        meaning="Site that links to Bluesky posts lead to.",
        default="https://bsky.app",
        read=read_web_address,
    ),
    Variable(
        name="LINKEDIN_SCOPES",
        meaning="What the LinkedIn app may ask for, if it is not Share on LinkedIn.",
        read=read_words,
    ),
    Variable(
        name="HERALD_BLUESKY_VIDEO_URL",
        meaning="Service that makes Bluesky's videos ready; `none` stores them as they are with the account's server.",
        default="https://video.bsky.app",
        read=read_web_address_or_none,
    ),
    Variable(
        name="HERALD_SLACK_API_URL",
        meaning="Base address of Slack's Web API.",
        default="https://slack.com/api",
        read=read_web_address,
    ),
    Variable(
        name="SLACK_BOT_TOKEN",
        meaning="Slack's bot token (`xoxb-…`), for one workspace.",
        read=read_token("xoxb-"),
        secret=True,
    ),
    Variable(
        name="SLACK_APP_TOKEN",
        meaning="Slack's app token (`xapp-…`): Herald opens the connection (Socket Mode).",
        read=read_token("xapp-"),
        secret=True,
    ),
    Variable(
        name="SLACK_SIGNING_SECRET",
        meaning="Secret of Slack's signatures: Slack sends to `/slack/events` at the public address.",
        secret=True,
    ),
    Variable(name="SLACK_CLIENT_ID", meaning="Slack app, for many workspaces: people add Herald at `/slack/install`."),
    Variable(name="SLACK_CLIENT_SECRET", meaning="Its secret.", secret=True),
)

PLATFORM_VARIABLES = (
    Variable(name="{P}_CLIENT_ID", meaning="Herald's app registration at the platform."),
    Variable(name="{P}_CLIENT_SECRET", meaning="Its secret.", secret=True),
    Variable(
        name="HERALD_{P}_API_URL",
        meaning="Base address of the platform's API, if not its own.",
        read=read_web_address,
    ),
    Variable(
        name="HERALD_{P}_AUTH_URL",
        meaning="Base address of the platform's consent pages, if not its own.",
        read=read_web_address,
    ),
)


def variables(platforms: Sequence[str]) -> tuple[Variable, ...]:
    """Every variable Herald reads, given the platforms it knows."""
    of_platforms = tuple(
        Variable(
            name=variable.name.replace("{P}", platform.upper()),
            meaning=variable.meaning,
            read=variable.read,
            secret=variable.secret,
        )
        for platform in platforms
        for variable in PLATFORM_VARIABLES
    )
    return VARIABLES + of_platforms


def read_settings(environ: Mapping[str, str], platforms: Sequence[str]) -> Settings:
    """Read the environment. An empty variable counts as unset. Raises ConfigurationError with every fault."""
    known = variables(platforms)
    faults: list[str] = []
    values = dict(_values(environ, known, faults))
    faults.extend(_unknown(environ, [variable.name for variable in known]))
    on_postgres = str(values.get("HERALD_DATABASE_URL", "")).startswith("postgresql")
    if on_postgres and not environ.get("HERALD_SECRET_KEYS", "").strip():
        faults.append("HERALD_SECRET_KEYS is missing: on PostgreSQL it must be set. Make one: openssl rand -base64 32")
    faults.extend(_halves(environ, platforms))
    if isinstance(values.get("HERALD_MEDIA_URL"), BucketPlace):
        faults.extend(_bucket_halves({name for name in _BUCKET_KEYS if environ.get(name, "").strip()}))
    faults.extend(_slack_faults({name for name in _SLACK if environ.get(name, "").strip()}))
    if faults:
        raise ConfigurationError(faults)
    return _settings(values, platforms)


def _halves(environ: Mapping[str, str], platforms: Sequence[str]) -> Iterator[str]:
    """An app registration is an id and a secret."""
    for platform in platforms:
        names = (f"{platform.upper()}_CLIENT_ID", f"{platform.upper()}_CLIENT_SECRET")
        given = [name for name in names if environ.get(name, "").strip()]
        if len(given) == 1:
            (missing,) = set(names) - set(given)
            yield f"{missing} is missing: {given[0]} is of use only with it."


_BUCKET_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


def _bucket_halves(given: set[str]) -> Iterator[str]:
    """A bucket's key is an id and a secret; a session is of use only with both."""
    if given:
        for missing in (name for name in _BUCKET_KEYS[:2] if name not in given):
            yield f"{missing} is missing: {min(given)} is of use only with it."


_SLACK = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET")


def _slack_faults(given: set[str]) -> Iterator[str]:
    """Whether what is given of Slack makes a whole: who Herald is there, and how Slack reaches it."""
    if "SLACK_CLIENT_ID" in given and "SLACK_CLIENT_SECRET" not in given:
        yield "SLACK_CLIENT_SECRET is missing: SLACK_CLIENT_ID is of use only with it."
    if "SLACK_CLIENT_SECRET" in given and "SLACK_CLIENT_ID" not in given:
        yield "SLACK_CLIENT_ID is missing: SLACK_CLIENT_SECRET is of use only with it."
    known = bool(given & {"SLACK_BOT_TOKEN", "SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET"})
    reached = bool(given & {"SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"})
    if known and not reached:
        yield "SLACK_APP_TOKEN or SLACK_SIGNING_SECRET is missing: without one of them Herald hears nothing from Slack."
    if reached and not known:
        yield "SLACK_BOT_TOKEN is missing (or SLACK_CLIENT_ID, for many workspaces): Herald could hear but not answer."


def _values(environ: Mapping[str, str], known: Sequence[Variable], faults: list[str]) -> Iterator[tuple[str, object]]:
    for variable in known:
        text = environ.get(variable.name, "").strip()
        if not text:
            continue
        try:
            yield variable.name, variable.read(text)
        except ValueError as error:
            shown = "" if variable.secret else f" ({text[:80]})"
            faults.append(f"{variable.name}{shown} {error}")


def _unknown(environ: Mapping[str, str], known: Sequence[str]) -> Iterator[str]:
    for name in sorted(environ):
        if name.startswith("HERALD_") and name not in known:
            close = difflib.get_close_matches(name, known, n=1, cutoff=0.8)
            hint = f"Did you mean {close[0]}?" if close else "Remove it."
            yield f"{name} is not a setting Herald knows. {hint}"


def _settings(values: Mapping[str, object], platforms: Sequence[str]) -> Settings:
    data_dir = _path(values.get("HERALD_DATA_DIR")) or Path("data")
    media = values.get("HERALD_MEDIA_URL")
    return Settings(
        data_dir=data_dir,
        database_url=_text(values.get("HERALD_DATABASE_URL"))
        or f"sqlite:///{(data_dir / 'herald.db').absolute().as_posix()}",
        media_dir=_path(media) or data_dir / ("media" if media is None else "media-cache"),
        media_bucket=_bucket(media, values),
        keep_media_days=int(_text(values.get("HERALD_MEDIA_KEEP_DAYS")) or 90),
        api_calls_per_minute=int(_text(values.get("HERALD_API_CALLS_PER_MINUTE")) or 60),
        given_keys=tuple(key for key in _items(values.get("HERALD_SECRET_KEYS")) if isinstance(key, bytes)),
        public_url=_text(values.get("HERALD_PUBLIC_URL")),
        host=_text(values.get("HERALD_HOST")) or "127.0.0.1",
        port=int(_text(values.get("HERALD_PORT")) or 8000),
        metrics_token=Secret(token) if (token := _text(values.get("HERALD_METRICS_TOKEN"))) else None,
        log_format=_text(values.get("HERALD_LOG_FORMAT")) or "text",
        allow_private_addresses=values.get("HERALD_ALLOW_PRIVATE_ADDRESSES") is True,
        slack=_slack(values),
        platforms={platform: _platform(values, platform.upper()) for platform in platforms},
    )


def _bucket(media: object, values: Mapping[str, object]) -> BucketPlace | None:
    if not isinstance(media, BucketPlace):
        return None
    secret, session = _text(values.get("AWS_SECRET_ACCESS_KEY")), _text(values.get("AWS_SESSION_TOKEN"))
    return replace(
        media,
        key_id=_text(values.get("AWS_ACCESS_KEY_ID")),
        secret=Secret(secret) if secret else None,
        session=Secret(session) if session else None,
    )


def _slack(values: Mapping[str, object]) -> SlackSettings:
    return SlackSettings(
        bot_token=_text(values.get("SLACK_BOT_TOKEN")),
        app_token=_text(values.get("SLACK_APP_TOKEN")),
        signing_secret=_text(values.get("SLACK_SIGNING_SECRET")),
        client_id=_text(values.get("SLACK_CLIENT_ID")),
        client_secret=_text(values.get("SLACK_CLIENT_SECRET")),
        api_url=_text(values.get("HERALD_SLACK_API_URL")) or "https://slack.com/api",
    )


def _platform(values: Mapping[str, object], prefix: str) -> PlatformSettings:
    return PlatformSettings(
        client_id=_text(values.get(f"{prefix}_CLIENT_ID")),
        client_secret=_text(values.get(f"{prefix}_CLIENT_SECRET")),
        scopes=tuple(map(str, _items(values.get(f"{prefix}_SCOPES")))),
        api_url=_text(values.get(f"HERALD_{prefix}_API_URL")),
        auth_url=_text(values.get(f"HERALD_{prefix}_AUTH_URL")),
        directory_url=_text(values.get(f"HERALD_{prefix}_PLC_URL")),
        web_url=_text(values.get(f"HERALD_{prefix}_WEB_URL")),
        video_url=_text(values.get(f"HERALD_{prefix}_VIDEO_URL")),
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _path(value: object) -> Path | None:
    return value if isinstance(value, Path) else None


def _items(value: object) -> tuple[object, ...]:
    return cast("tuple[object, ...]", value) if isinstance(value, tuple) else ()
