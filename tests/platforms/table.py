"""The README's table of what works where, made from the connectors and their quality.toml: `make table` writes it."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from bot.domain.capabilities import Capabilities
from bot.domain.content import MediaKind
from platforms import REGISTER
from platforms.base import Connector, Repeat
from tests.platforms.quality_rules import Status, read_quality

ROOT = Path(__file__).parents[2]
BEGIN, END = "<!-- The table is made by `make table`. -->", "<!-- End of the table. -->"
_HEAD = ("", "Connect", "Text", "Media", "Goes on with", "Reads", "Deletes", "A lost answer")
_SEVERAL = {
    MediaKind.IMAGE: "images",
    MediaKind.GIF: "GIFs",
    MediaKind.VIDEO: "videos",
    MediaKind.AUDIO: "sounds",
    MediaKind.DOCUMENT: "PDFs",
}
_ONE = {
    MediaKind.IMAGE: "an image",
    MediaKind.GIF: "a GIF",
    MediaKind.VIDEO: "a video",
    MediaKind.AUDIO: "a sound",
    MediaKind.DOCUMENT: "a PDF",
}
_LOST = {
    Repeat.RECORD: "harmless: a repeat meets the first",
    Repeat.KEY: "an idempotency key, then a look",
    Repeat.NEVER: "looked for, then asked",
}


def table() -> str:
    """The table as Markdown."""
    rows = [_row(name, REGISTER[name]) for name in sorted(REGISTER, key=lambda name: REGISTER[name].spec.title.lower())]
    lines = [_HEAD, tuple("---" for _ in _HEAD), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def with_table(text: str) -> str:
    """A README with the table as it is now."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def _row(name: str, connector: Connector) -> tuple[str, ...]:
    spec, marks = connector.spec, read_quality(ROOT / "platforms" / name / "quality.toml")
    takes = [spec.by_type.get(kind, spec.capabilities) for kind in spec.post_types]
    known = {"posts": connector.metrics, "account": connector.account_metrics, "its past days": connector.history}
    reads = [word for word, read in known.items() if read]
    live = "" if marks["live"].status is Status.DONE else " ¹"
    return (
        f"[{spec.title}](docs/connectors/{name}.md){live}",
        _connect(connector),
        f"{spec.capabilities.text.limit:,} {spec.capabilities.text.unit}",
        _media(takes),
        "replies" if spec.capabilities.threads else "a first comment" if spec.capabilities.first_comment else "no",
        ", ".join(reads) or "no",
        "yes" if connector.delete is not None else "no",
        _LOST[spec.find.repeat] if spec.find.tells else "asked",
    )


def _connect(connector: Connector) -> str:
    ways = ["consent"] if connector.spec.oauth is not None or connector.consent is not None else []
    ways += [_inside(field.label.partition(" (")[0]) for field in connector.spec.login if field.secret]
    return " or ".join(ways)


def _inside(label: str) -> str:
    """A label inside a sentence; what begins with an abbreviation (`API token`) stays as it is."""
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


def _media(takes: Iterable[Capabilities]) -> str:
    """The most of each kind that any kind of post takes."""
    most: dict[MediaKind, int] = {}
    for one in takes:
        for kind, rules in one.media.items():
            most[kind] = max(most.get(kind, 0), min(rules.max_count, one.max_attachments))
    return ", ".join(_counted(kind, most) for kind in MediaKind if most.get(kind)) or "no"


def _counted(kind: MediaKind, most: Mapping[MediaKind, int]) -> str:
    return _ONE[kind] if most[kind] == 1 else f"{most[kind]} {_SEVERAL[kind]}"


if __name__ == "__main__":
    readme = ROOT / "README.md"
    readme.write_text(with_table(readme.read_text(encoding="utf-8")), encoding="utf-8")
