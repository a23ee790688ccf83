"""The house rules that no linter knows: where a thing may stand, and what the documents have to say about it.

A rule's exceptions stand beside it, each with its reason; one that nothing needs any more is refused as well.
"""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import pytest

from bot.domain.publication import TABLE, State
from platforms import REGISTER
from tests.house import HOUSE, NEIGHBOURS, ROOMS, committed, of_herald, rows, sources, text_of, within

FLOORS = (
    "bot.cli",
    "bot.config",
    "bot.wiring",
    "handlers.slack",
    "handlers.http",
    "handlers.clock",
    "handlers.notices",
    "bot.services",
    "storage",
    "platforms",
    "bot.domain",
    "bot.clock",
    "bot.logs",
)
"""Every place a module can stand, folders with everything in them."""

LIBRARY_ROOMS: Mapping[str, tuple[str, ...]] = {
    "PIL": ("storage/media/",),
    "aiohttp": (
        "platforms/addresses.py",
        "platforms/http.py",
        "platforms/metering.py",
        "platforms/transport.py",
        "platforms/web.py",
        "handlers/slack/",
    ),
    "aiosqlite": ("storage/",),
    "alembic": ("storage/",),
    "apscheduler": ("handlers/clock/",),
    "asyncpg": ("storage/",),
    "authlib": ("platforms/",),
    "av": ("storage/media/",),
    "bs4": ("platforms/web.py",),
    "click": ("bot/cli/",),
    "cryptography": ("storage/vault.py", "platforms/proofs.py"),
    "httpx": ("platforms/",),
    "icalendar": ("bot/services/calendars.py",),
    "markdown_it": ("handlers/http/guides.py",),
    "matplotlib": ("bot/services/drawing.py",),
    "msgspec": (
        *("handlers/http/api/", "bot/services/digesting.py", "bot/services/reporting.py"),
        *("platforms/decoding.py", "platforms/json_files.py", "storage/given.py"),
    ),
    "multidict": ("platforms/metering.py",),
    "obstore": ("storage/media/bucket.py",),
    "prometheus_client": ("handlers/http/metrics.py",),
    "python_multipart": ("handlers/http/api/forms.py",),
    "regex": ("platforms/text.py",),
    "rich": ("bot/cli/",),
    "slack_bolt": ("handlers/slack/",),
    "slack_sdk": ("handlers/slack/",),
    "sqlalchemy": ("storage/",),
    "starlette": ("handlers/http/",),
    "ulid": ("storage/ids.py",),
    "uvicorn": ("bot/wiring.py",),
    "yarl": ("platforms/transport.py", "platforms/targets.py"),
}
"""Where each library may be imported. The wiring may open every door."""

LAST_DOOR = "bot/wiring.py"

ENVIRONMENT_READERS = {
    "bot/cli/main.py": "the outermost door takes the process's environment and hands it to bot/config.py",
}

CLOCK = "bot/clock.py"
CLOCK_READS = {
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
    "time": {
        "time",
        "time_ns",
        "monotonic",
        "monotonic_ns",
        "perf_counter",
        "perf_counter_ns",
        "clock_gettime",
        "clock_gettime_ns",
        "gmtime",
        "localtime",
    },
}

PLATFORM_FILES = ("__init__.py", "spec.py", "publish.py", "find.py", "metrics.py", "quality.toml")
RECIPE = "writing"
"""The page beside the networks' own: how one is added."""
MAY_NAME_PLATFORMS = {
    "platforms/__init__.py": "the register",
    "bot/config.py": "the documented names of variables",
    "bot/wiring.py": "knows everybody",
    "bot/cli/demo.py": "connects an account at each stand-in network",
    "handlers/http/api/account_days.py": "examples for the API's document",
    "handlers/http/api/calendar.py": "examples for the API's document",
    "handlers/http/api/numbers.py": "examples for the API's document",
    "handlers/http/api/posts.py": "examples for the API's document",
    "bot/domain/gates.py": "an x is a call that was not answered",
    "platforms/mastodon/text.py": "an x is a letter to count",
    "platforms/proofs.py": "x is a coordinate of a public key",
    "handlers/http/api/connect.py": "the routes of one integration, by its name",
    "bot/domain/spelling.py": "how one family of routes spells networks",
    "platforms/metricool/networks.py": "Metricool's own names of the networks it leads to",
}

VAGUE_NAMES = {"utils", "util", "common", "helpers", "helper", "misc", "manager", "managers"}

LONGEST_FILE = 450
LONG_FILES = {
    "storage/tables.py": "the whole schema, one class per table, read as one",
    "tests/platforms/test_http.py": "every way a call can end, verb by verb; to be split by verb when it next grows",
}


# --- Rooms and floors ---


def test_every_module_stands_on_a_floor() -> None:
    roots = {source.path.partition("/")[0] for source in sources()}
    homeless = {source.path for source in of_herald() if not within(source.module, FLOORS)}

    assert roots == {*ROOMS, *NEIGHBOURS}
    assert homeless == {"bot/__init__.py", "handlers/__init__.py"}


@pytest.mark.parametrize("path", ["bot/__init__.py", "handlers/__init__.py"])
def test_the_doors_between_floors_hold_a_docstring_and_nothing_else(path: str) -> None:
    body = ast.parse(text_of(path)).body

    assert len(body) == 1
    assert ast.get_docstring(ast.Module(body=body, type_ignores=[]))


def test_each_library_is_imported_in_its_room_alone() -> None:
    known = {*sys.stdlib_module_names, *ROOMS}
    astray = [
        f"{source.path}: {library}"
        for source in of_herald()
        for library in source.libraries - known
        if source.path != LAST_DOOR and not source.path.startswith(LIBRARY_ROOMS.get(library, ()))
    ]

    assert astray == []


def test_the_wiring_opens_no_door_whose_library_has_no_room() -> None:
    wiring = next(source for source in sources() if source.path == LAST_DOOR)

    assert wiring.libraries - {*sys.stdlib_module_names, *ROOMS} <= LIBRARY_ROOMS.keys()


def test_the_environment_is_read_at_one_door() -> None:
    readers = {
        source.path
        for source in of_herald()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
        and node.attr in {"environ", "environb", "getenv", "getenvb", "putenv"}
    }
    hidden = {source.path for source in of_herald() for name in source.imports if name in {"os.environ", "os.getenv"}}

    assert readers == ENVIRONMENT_READERS.keys()
    assert hidden == set()


def test_only_the_wiring_and_the_command_line_know_the_settings() -> None:
    readers = {s.path for s in of_herald() if any(within(name, ("bot.config",)) for name in s.imports)}

    assert {path for path in readers if not path.startswith(("bot/cli/", LAST_DOOR))} == set()


def test_the_domain_imports_only_the_standard_library_and_itself() -> None:
    foreign = [
        f"{source.path}: {name}"
        for source in of_herald()
        if within(source.module, ("bot.domain",))
        for name in source.imports
        if not within(name, ("bot.domain",)) and name.partition(".")[0] not in sys.stdlib_module_names
    ]

    assert foreign == []


def test_the_domain_does_no_input_or_output_and_starts_nothing() -> None:
    worldly = {"asyncio", "io", "logging", "os", "random", "secrets", "shutil", "socket", "subprocess"}
    worldly |= {"sqlite3", "tempfile", "threading", "time", "urllib.request", "uuid"}
    found = [
        f"{source.path}: {name}"
        for source in of_herald()
        if within(source.module, ("bot.domain",))
        for name in source.imports
        if within(name, tuple(worldly))
    ]

    assert found == []


def test_the_clock_is_read_in_one_file() -> None:
    readers = [f"{source.path}:{line}" for source in of_herald() for line in _clock_reads(source.tree)]

    assert [reader for reader in readers if not reader.startswith(f"{CLOCK}:")] == []
    assert readers, "the rule no longer recognises a clock"


def _clock_reads(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            owner = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
            if node.attr in CLOCK_READS.get(owner, set()):
                yield node.lineno
        elif isinstance(node, ast.ImportFrom) and node.module == "time":
            yield from (node.lineno for alias in node.names if alias.name in CLOCK_READS["time"])


def test_the_sandbox_and_herald_know_nothing_of_each_other() -> None:
    of_sandbox = {
        s.path for s in sources() if s.path.startswith("sandbox/") and s.libraries & {*ROOMS, "benchmarks", "tests"}
    }
    of_ours = {source.path for source in of_herald() if source.libraries & set(NEIGHBOURS)}

    assert of_sandbox == set()
    assert of_ours == set()


# --- Names and sizes ---


def test_no_module_has_a_name_that_fits_everything() -> None:
    vague = [
        source.path
        for source in sources()
        if any(word in VAGUE_NAMES for part in source.module.split(".") for word in part.split("_"))
    ]

    assert vague == []


def test_no_file_is_too_long_to_read_at_one_sitting() -> None:
    long = {source.path for source in sources() if source.lines > LONGEST_FILE and "/versions/" not in source.path}

    assert long == LONG_FILES.keys()


def test_no_committed_file_names_a_build_machine() -> None:
    # In pieces, or this file would be the first to name them.
    hosts = [["pypi", "org"], ["pythonhosted", "org"], ["npmjs", "org"], ["npmjs", "com"], ["deb", "debian", "org"]]
    hosts += [["archive", "ubuntu", "com"], ["proxy", "golang", "org"], ["registry", "yarnpkg", "com"]]
    words = [re.escape(".".join(pieces)) for pieces in hosts]
    words += [rf"(?<![\w.])/{folder}/" for folder in ("work", "root", "home")]
    words += [rf"\b{name}\.md\b" for name in ("STY" + "LE", "DES" + "IGN")]
    words += ["sub-?" + "agent", "clau" + "de", "anth" + "ropic"]
    pattern = re.compile("|".join(words), re.IGNORECASE)
    found = [
        f"{name}: {match.group()}"
        for name in committed()
        for match in pattern.finditer((HOUSE / name).read_text(encoding="utf-8", errors="ignore"))
    ]

    assert found == []


# --- Platforms ---


@pytest.mark.parametrize("name", REGISTER)
def test_every_platform_has_its_files_its_tests_and_its_page(name: str) -> None:
    files = [file for file in PLATFORM_FILES if file != "metrics.py" or REGISTER[name].metrics is not None]
    expected = [f"platforms/{name}/{file}" for file in files]
    expected += [f"tests/platforms/{name}/test_contract.py", f"docs/connectors/{name}.md"]

    assert [path for path in expected if path not in committed()] == []


@pytest.mark.parametrize("name", REGISTER)
def test_a_platform_is_called_what_it_is_registered_as(name: str) -> None:
    assert REGISTER[name].spec.name == name


def test_every_platform_s_folder_and_page_is_registered() -> None:
    folders = {path.split("/")[1] for path in committed() if re.match(r"platforms/\w+/", path)}
    pages = {Path(path).stem for path in committed() if path.startswith("docs/connectors/")}

    assert folders == REGISTER.keys()
    assert pages == {*REGISTER, RECIPE}


def test_nobody_but_a_platform_itself_asks_which_platform_it_is() -> None:
    naming = [
        f"{source.path}:{node.lineno}"
        for source in of_herald()
        if source.path not in MAY_NAME_PLATFORMS
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Constant) and node.value in REGISTER
        if not source.path.startswith(f"platforms/{node.value}/")
    ]

    assert naming == []


def test_a_platform_is_imported_by_the_register_and_itself_alone() -> None:
    astray = [
        f"{source.path}: {imported}"
        for source in of_herald()
        for imported in source.imports
        for name in REGISTER
        if within(imported, (f"platforms.{name}",))
        if source.path != "platforms/__init__.py" and not source.path.startswith(f"platforms/{name}/")
    ]

    assert astray == []


# --- Documents ---


def test_the_drawn_floors_are_the_ones_that_are_held() -> None:
    drawn = [re.findall(r"`([^`]+)`", floor) for floor, _ in rows(text_of("docs/architecture.md"), "| Floor |")]
    contracts = tomllib.loads(text_of("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    held = next(contract["layers"] for contract in contracts if contract["type"] == "layers")

    assert drawn == [floor.split(" | ") for floor in held]


def test_the_drawn_table_of_states_is_the_one_that_runs() -> None:
    lines = rows(text_of("docs/architecture.md"), "| State | Event |")
    drawn = [
        (state, event, to, frozenset(re.findall(r"\w+", effects)), "".join(re.findall(r"\w+", proof)))
        for state, event, to, effects, proof in lines
    ]
    runs = [
        (str(state), str(event), str(line.to), frozenset(map(str, line.effects)), str(line.proof or ""))
        for (state, event), line in TABLE.items()
    ]

    assert drawn == runs


def test_the_diagram_of_states_draws_every_transition_and_no_other() -> None:
    _, _, diagram = text_of("docs/architecture.md").partition("stateDiagram-v2\n")
    arrows = re.findall(r"^ +(\w+) --> (\w+): (.+)$", diagram.partition("```")[0], re.MULTILINE)
    drawn = [(start, event, to) for start, to, events in arrows for event in events.split(", ")]
    runs = [(str(state), str(event), str(line.to)) for (state, event), line in TABLE.items()]

    assert sorted(drawn) == sorted(runs)


def test_the_diagram_of_states_ends_where_nothing_can_happen_any_more() -> None:
    ends = set(re.findall(r"^ +(\w+) --> \[\*\]$", text_of("docs/architecture.md"), re.MULTILINE))

    assert ends == {str(state) for state in State} - {str(state) for state, _ in TABLE}


def test_decisions_are_numbered_once_and_say_when_and_whether_they_hold() -> None:
    names = [Path(path).name for path in committed() if path.startswith("docs/adr/")]
    numbers = [name.partition("-")[0] for name in names]

    assert numbers == [f"{number:04}" for number in range(1, len(names) + 1)]
    for name, number in zip(names, numbers, strict=True):
        text = text_of(f"docs/adr/{name}")
        said = re.match(
            rf"# {number}\. \S.*\n\n- Date: (\d{{4}}-\d\d-\d\d)\n- Status: (proposed|accepted|superseded by \d{{4}})\n",
            text,
        )
        assert said, name
        assert date.fromisoformat(said[1])
        assert "## The road not taken\n" in text, name


def _declared() -> tuple[list[str], list[str], list[str]]:
    project = tomllib.loads(text_of("pyproject.toml"))["project"]
    extras = project["optional-dependencies"]
    lists = project["dependencies"], extras["dev"], extras["bench"]
    runtime, dev, bench = ([re.split(r"[\[<>=!~; ]", line)[0] for line in lines] for lines in lists)
    return runtime, dev, bench


def test_every_direct_dependency_has_one_line_that_says_what_it_is_for() -> None:
    parts = re.split(r"^## (?:Development|The race)$", text_of("docs/dependencies.md"), flags=re.MULTILINE)
    documented = tuple(re.findall(r"^- `([^`]+)`: \S", part, re.MULTILINE) for part in parts)

    assert documented == _declared()


def test_every_direct_dependency_is_locked() -> None:
    def locked(name: str) -> set[str]:
        return set(re.findall(r"^([a-z0-9-]+)==", text_of(name), re.MULTILINE))

    runtime, dev, bench = ({re.sub(r"[._]", "-", name.lower()) for name in names} for names in _declared())

    assert runtime - locked("requirements.lock") == set()
    assert (runtime | dev) - locked("requirements-dev.lock") == set()
    assert (runtime | bench) - locked("requirements-bench.lock") == set()
