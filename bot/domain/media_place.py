"""Where media is kept, as its address says: a folder, or a bucket of an S3-compatible store."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from bot.domain.accounts import Secret
from bot.domain.settings import read_web_address

_NO_STORE = "is not a media store. Write it as file:///var/lib/herald/media or s3://BUCKET/PREFIX."
_NO_ENDPOINT = "has an endpoint that is no web address. Write it as endpoint=https://s3.example.org."


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketPlace:
    """A bucket. Without an endpoint it is Amazon's; without keys the machine's own role is used."""

    bucket: str
    prefix: str = ""
    endpoint: str | None = None
    region: str | None = None
    key_id: str | None = None
    secret: Secret | None = None
    session: Secret | None = None


def read_media_url(text: str) -> Path | BucketPlace:
    """`file:///FOLDER` or `s3://BUCKET/PREFIX?endpoint=URL&region=NAME`.

    Raises ValueError with the end of a sentence.
    """
    try:
        parts = urlsplit(text)
    except ValueError:
        raise ValueError(_NO_STORE) from None
    if parts.scheme == "s3":
        return _bucket(parts)
    if parts.scheme != "file" or parts.netloc not in ("", "localhost") or not parts.path.strip("/"):
        raise ValueError(_NO_STORE)
    return Path(unquote(parts.path))


def _bucket(parts: SplitResult) -> BucketPlace:
    if not parts.netloc or "@" in parts.netloc or ":" in parts.netloc:
        raise ValueError("names no bucket. Write it as s3://BUCKET/PREFIX; keys go into AWS_ACCESS_KEY_ID and so on.")
    given = dict(parse_qsl(parts.query))
    if unknown := sorted(given.keys() - {"endpoint", "region"}):
        raise ValueError(f"has a setting {unknown[0]!r}. It takes endpoint and region.")
    endpoint = given.get("endpoint")
    if endpoint is not None:
        try:
            endpoint = read_web_address(endpoint)
        except ValueError:
            raise ValueError(_NO_ENDPOINT) from None
    return BucketPlace(
        bucket=parts.netloc,
        prefix=unquote(parts.path).strip("/"),
        endpoint=endpoint,
        region=given.get("region"),
    )
