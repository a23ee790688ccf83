"""The house's own files, read once for all of its rules (tests/test_house.py)."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache, cached_property
from pathlib import Path

HOUSE = Path(__file__).parent.parent
ROOMS = ("bot", "handlers", "platforms", "storage")
NEIGHBOURS = ("benchmarks", "sandbox", "tests")


@dataclass(frozen=True)
class Source:
    """A Python file, parsed once, when the first rule asks."""

    path: str
    text: str

    @property
    def module(self) -> str:
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def lines(self) -> int:
        return self.text.count("\n")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @cached_property
    def imports(self) -> frozenset[str]:
        return frozenset(_imports(self.tree))

    @cached_property
    def libraries(self) -> frozenset[str]:
        return frozenset(name.partition(".")[0] for name in self.imports)


@cache
def committed() -> tuple[str, ...]:
    """The files of the house, those that `git add .` would take among them."""
    asked = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    try:
        answer = subprocess.run(asked, cwd=HOUSE, capture_output=True, text=True, check=True).stdout  # noqa: S603  # always the same
    except (OSError, subprocess.CalledProcessError):
        return tuple(sorted(_walked()))
    return tuple(sorted(name for name in answer.splitlines() if (HOUSE / name).is_file()))


def _walked() -> Iterator[str]:
    """The same without git: what .gitignore does not name."""
    ignored = [".git", *(line.strip("/") for line in (HOUSE / ".gitignore").read_text().split())]
    for path in HOUSE.rglob("*"):
        parts = path.relative_to(HOUSE).parts
        if path.is_file() and not any(fnmatch(part, pattern) for part in parts for pattern in ignored):
            yield "/".join(parts)


@cache
def sources() -> tuple[Source, ...]:
    return tuple(Source(path, text_of(path)) for path in committed() if path.endswith(".py"))


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "a relative import hides where a thing stands"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def of_herald() -> list[Source]:
    return [source for source in sources() if source.path.partition("/")[0] in ROOMS]


def text_of(name: str) -> str:
    return (HOUSE / name).read_text(encoding="utf-8")


def within(name: str, places: tuple[str, ...]) -> bool:
    """Whether a module is one of these or inside one of them."""
    return any(name == place or name.startswith(f"{place}.") for place in places)


def rows(text: str, heading: str) -> list[list[str]]:
    """The cells of the first table whose heading row begins so."""
    _, found, rest = text.partition(f"\n{heading}")
    assert found, f"no table begins with {heading}"
    lines = rest.splitlines()[2:]
    end = next((number for number, line in enumerate(lines) if not line.startswith("|")), len(lines))
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[:end]]
