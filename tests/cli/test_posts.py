"""herald posts: what is kept, what is refused, and that a refusal leaves nothing behind."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image

from tests.cli.desk import Desk

SOON = (datetime.now(UTC) + timedelta(days=3)).replace(microsecond=0)
AT = SOON.isoformat()
BASE = ("posts", "create", "--brand", "Juniper", "--to", "bluesky", "--to", "mastodon")


def picture(path: Path, colour: str = "red") -> str:
    Image.new("RGB", (60, 40), colour).save(path)
    return str(path)


def test_a_post_waits_in_the_queue_for_each_account(juniper: Desk) -> None:
    post = juniper.good(*BASE, "--at", AT, "New beans are in")
    assert post["status"] == "scheduled"
    assert datetime.fromisoformat(post["scheduled_at"]) == SOON
    assert [item["platform"] for item in post["items"]] == ["bluesky", "mastodon"]
    for item in post["items"]:
        assert item.keys() == {
            "item_id", "platform", "account_id", "post_type", "status", "scheduled_at", "published_at",
            "platform_post_id", "permalink", "attempts", "error", "numbers", "parts",
        }  # fmt: skip
        assert (item["status"], item["attempts"], item["error"]) == ("scheduled", 0, None)
    assert juniper.good("posts", "show", post["post_id"]) == post
    assert juniper.good("posts", "list") == [post]


def test_the_wall_time_and_zone_are_kept(juniper: Desk) -> None:
    wall = f"{SOON:%Y-%m-%d}T09:00"
    post = juniper.good(*BASE, "--at", wall, "--zone", "Europe/Berlin", "Hello")
    with closing(sqlite3.connect(juniper.folder / "data" / "herald.db")) as connection:
        kept = connection.execute("SELECT wall_time, zone FROM posts WHERE id = ?", (post["post_id"],)).fetchone()
    assert kept == (f"{wall}:00", "Europe/Berlin")


def test_a_thread_waits_part_by_part(juniper: Desk) -> None:
    post = juniper.good(*BASE, "--at", AT, "One", "--part", "Two", "--part", "Three")
    assert [len(item["parts"]) for item in post["items"]] == [2, 2]
    with closing(sqlite3.connect(juniper.folder / "data" / "herald.db")) as connection:
        rows = connection.execute(
            "SELECT part, due_at IS NULL, claim_at IS NULL, missed_after IS NULL, state FROM post_items"
        ).fetchall()
    assert sorted(rows) == sorted([(0, 0, 0, 0, "scheduled"), (1, 1, 1, 1, "scheduled"), (2, 1, 1, 1, "scheduled")] * 2)


def test_media_are_claimed_earlier_and_kept_once(juniper: Desk, tmp_path: Path) -> None:
    path = picture(tmp_path / "cup.png")
    for _ in range(2):
        juniper.good(*BASE, "--at", AT, "Cup", "--media", path, "--alt", "A red cup")
    assert len(juniper.files()) == 1
    assert (juniper.rows()["media"], juniper.rows()["post_media"]) == (1, 2)


def test_a_post_is_shown_with_its_latest_numbers(juniper: Desk) -> None:
    item = juniper.good(*BASE, "--at", AT, "How are we doing?")["items"][0]
    for day, likes in (("2026-11-20", 87), ("2026-11-21", 88)):
        juniper.write(
            "INSERT INTO item_snapshots"
            " (item_id, day, workspace_id, brand_id, account_id, fetched_at, views, likes, raw)"
            " SELECT id, ?, workspace_id, brand_id, account_id, ?, 1204, ?, '{}' FROM post_items WHERE id = ?",
            (day, 1_763_704_800_000_000, likes, item["item_id"]),
        )
    juniper.write("UPDATE post_items SET published_at = due_at WHERE id = ?", (item["item_id"],))
    post = juniper.good("posts", "list")[0]
    shown = juniper.good("posts", "show", post["post_id"])["items"]
    assert shown[1]["numbers"] is None
    assert shown[0]["numbers"] == {
        "views": 1204,
        "likes": 88,
        **dict.fromkeys(("comments", "shares", "saves", "clicks", "video_views", "reach", "quotes")),
        "fetched_at": "2025-11-21T06:00:00+00:00",
    }
    said = juniper.herald("posts", "show", post["post_id"]).out
    assert "1,204 views · 88 likes · comments n/a, as of 2025-11-21 06:00 UTC" in said


def test_a_post_is_found_by_its_code(juniper: Desk) -> None:
    post = juniper.good(*BASE, "--draft", "Not yet")
    assert juniper.good("posts", "show", post["code"].lower()) == post
    assert [entry["event"] for entry in juniper.good("posts", "why", post["code"], "--workspace", "Paperboat")] == [
        "draft"
    ]
    unknown = juniper.herald("posts", "show", "ZZZZZZ")
    assert (unknown.code, unknown.err.strip()) == (1, "There is no post ZZZZZZ.")


def test_a_draft_waits_for_nobody(juniper: Desk) -> None:
    post = juniper.good(*BASE, "--draft", "Not yet")
    assert (post["status"], post["scheduled_at"]) == ("draft", None)


def test_a_dry_run_keeps_nothing(juniper: Desk, tmp_path: Path) -> None:
    before = juniper.rows()
    said = juniper.good(*BASE, "--at", AT, "Cup", "--media", picture(tmp_path / "cup.png"), "--dry-run")
    assert said["valid"] is True
    assert juniper.rows() == before
    assert juniper.files() == []


def test_an_account_is_named_by_id_handle_or_platform(juniper: Desk) -> None:
    by_platform = juniper.good("accounts", "list", "--brand", "Juniper")
    first = next(account for account in by_platform if account["platform"] == "bluesky")
    for name in (first["account_id"], "bluesky:juniper.example", "bluesky:@Juniper.Example", "bluesky"):
        post = juniper.good("posts", "create", "--brand", "Juniper", "--to", name, "--draft", "Hello")
        assert [item["account_id"] for item in post["items"]] == [first["account_id"]]


MARCH_ENDS = datetime(SOON.year + 1, 3, 31, tzinfo=UTC)
LAST_SUNDAY_OF_MARCH = MARCH_ENDS - timedelta(days=(MARCH_ENDS.weekday() + 1) % 7)


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["--at", AT, "x" * 301], 1, "Bluesky: 301 of 300 characters, 1 too many."),
        (["--at", AT, "x" * 501], 1, "Mastodon: 501 of 500"),
        (["--at", "2020-01-01T09:00Z", "Hi"], 1, "has passed"),
        (["--at", f"{SOON:%Y-%m-%d}T09:00", "Hi"], 1, "names no time zone"),
        (["--at", AT, "--zone", "Berln", "Hi"], 1, "Did you mean Europe/Berlin?"),
        (["--at", f"{LAST_SUNDAY_OF_MARCH:%Y-%m-%d}T02:30", "--zone", "Europe/Berlin", "Hi"], 1,
         "Choose 01:59 or 03:00."),
        (["--at", "9am", "Hi"], 1, "is not a date and time"),
        (["Hi"], 2, "Say when, once"),
        (["--now", "--draft", "Hi"], 2, "Say when, once"),
        (["--now", "--zone", "UTC", "Hi"], 2, "--zone goes with --at"),
        (["--now", "Hi", "--to", "mastodonn"], 1, "No account 'mastodonn'. Juniper has Bluesky · juniper.example"),
        (["--now", "Hi", "--to", "acct_forged"], 1, "No account 'acct_forged'"),
        (["--now", ""], 1, "there is nothing to post"),
        (["--now", "Hi", "--option", "mastodon.nonsense=1"], 1, "has no option 'nonsense'"),
        (["--now", "Hi", "--option", "mastodon"], 2, "PLATFORM.NAME=VALUE"),
        (["--now", "Hi", "--variant", "x=Yo"], 1, "the post does not go there"),
        (["--now", "Hi", "--link", "javascript:alert(1)"], 1, "is not a web address"),
        (["--now", "Hi", "--media", "gone.png"], 1, "gone.png cannot be read"),
        (["--now", "Hi\0there"], 1, "NUL"),
        (["--now", "\udcff"], 2, "not valid UTF-8"),
        (["--now", "Hi", "--alt", "lonely"], 2, "Give --alt once for each --media"),
        (["--now"], 2, "Missing argument 'TEXT'"),
        (["--nonsense", "Hi"], 2, "No such option"),
    ],
)  # fmt: skip
def test_wrong_input_is_one_sentence_and_leaves_nothing(
    juniper: Desk, arguments: list[str], code: int, sentence: str
) -> None:
    _refuses(juniper, arguments, code, sentence)


def test_a_time_that_has_just_passed_is_refused_with_how_long_ago(juniper: Desk) -> None:
    passed = datetime.now(UTC) - timedelta(minutes=4)
    _refuses(juniper, ["--at", f"{passed:%Y-%m-%dT%H:%M:%S}Z", "Hi"], 1, "passed 4 minutes ago")


def _refuses(juniper: Desk, arguments: list[str], code: int, sentence: str) -> None:
    before = juniper.rows()
    said = juniper.herald(*BASE, *arguments)
    assert (said.code, said.out) == (code, "")
    assert sentence in said.err
    assert "Traceback" not in said.err
    as_json = juniper.herald(*BASE, *arguments, "--json")
    assert as_json.code == code
    assert sentence in as_json.json["error"]["message"]
    assert as_json.err == ""
    assert juniper.rows() == before
    assert juniper.files() == []


def test_an_hour_that_happens_twice_names_both_offsets(juniper: Desk) -> None:
    october = datetime(SOON.year + 1, 10, 31, tzinfo=UTC)
    sunday = october - timedelta(days=(october.weekday() + 1) % 7)
    said = juniper.herald(*BASE, "--at", f"{sunday:%Y-%m-%d}T02:30", "--zone", "Europe/Berlin", "Hi")
    assert said.code == 1
    assert "+02:00 is the first" in said.err
    assert "+01:00 the second" in said.err


def test_five_images_and_every_other_problem_are_told_at_once(juniper: Desk, tmp_path: Path) -> None:
    before = juniper.rows()
    files = [
        picture(tmp_path / f"{n}.png", colour) for n, colour in enumerate(("red", "blue", "green", "black", "tan"))
    ]
    said = juniper.herald(*BASE, "--at", "2020-01-01T00:00Z", "x" * 301, *(a for f in files for a in ("--media", f)))
    assert said.code == 1
    for sentence in ("Bluesky: 5 files, 4 allowed", "Mastodon: 5 files, 4 allowed", "1 too many", "has passed"):
        assert sentence in said.err
    assert juniper.rows() == before
    assert juniper.files() == []


def test_a_text_file_named_png_is_refused(juniper: Desk, tmp_path: Path) -> None:
    (tmp_path / "shot.png").write_text("no picture")
    said = juniper.herald(*BASE, "--now", "Hi", "--media", str(tmp_path / "shot.png"))
    assert said.code == 1
    assert said.err == "shot.png is not an image, video or sound Herald can read. Export it again.\n"
    assert juniper.files() == []


def test_a_file_of_60_megabytes_is_refused(juniper: Desk, tmp_path: Path) -> None:
    path = tmp_path / "big.png"
    Image.effect_noise((4400, 4600), 100).convert("RGB").save(path, compress_level=0)
    assert path.stat().st_size > 60_000_000
    said = juniper.herald(*BASE, "--now", "Hi", "--media", str(path))
    assert said.code == 1
    assert "big.png is 60." in said.err
    assert "Make it smaller." in said.err
    assert juniper.files() == []


def test_cancelling_takes_a_post_back_once(juniper: Desk) -> None:
    post = juniper.good(*BASE, "--at", AT, "One", "--part", "Two")
    gone = juniper.good("posts", "cancel", post["post_id"])
    assert gone["status"] == "cancelled"
    assert {part["status"] for item in gone["items"] for part in item["parts"]} == {"cancelled"}
    again = juniper.herald("posts", "cancel", post["post_id"], "--json")
    assert (again.code, again.json["error"]["code"]) == (1, "conflict")
    events = [entry["event"] for entry in juniper.good("posts", "why", post["post_id"])]
    assert events == ["schedule", "cancel"]


@pytest.mark.parametrize("state", ["sending", "confirming", "unconfirmed"])
def test_what_may_be_live_cannot_be_cancelled_and_nothing_of_it_changes(juniper: Desk, state: str) -> None:
    post = juniper.good(*BASE, "--at", AT, "One")
    with closing(sqlite3.connect(juniper.folder / "data" / "herald.db")) as connection, connection:
        connection.execute("UPDATE post_items SET state = ? WHERE platform = 'mastodon'", (state,))
    before = juniper.rows()
    said = juniper.herald("posts", "cancel", post["post_id"])
    assert said.code == 1
    assert "can no longer be cancelled" in said.err
    states = {item["platform"]: item["status"] for item in juniper.good("posts", "show", post["post_id"])["items"]}
    assert states == {"bluesky": "scheduled", "mastodon": state}
    assert juniper.rows() == before


def test_retry_sends_the_failed_part_now_and_lets_the_next_wait(juniper: Desk) -> None:
    post = juniper.good(*BASE, "--at", AT, "One", "--part", "Two", "--part", "Three")
    with closing(sqlite3.connect(juniper.folder / "data" / "herald.db")) as connection, connection:
        connection.execute("UPDATE post_items SET state = 'published' WHERE part = 0")
        connection.execute("UPDATE post_items SET state = 'failed', error_class = 'content' WHERE part > 0")
    assert juniper.good("posts", "retry", post["post_id"])["status"] == "scheduled"
    with closing(sqlite3.connect(juniper.folder / "data" / "herald.db")) as connection:
        rows = connection.execute(
            "SELECT part, state, claim_at IS NULL, missed_after > due_at, error_class FROM post_items"
        ).fetchall()
    assert sorted(set(rows), key=str) == [
        (0, "published", 0, 1, None), (1, "scheduled", 0, 1, None), (2, "scheduled", 1, None, None),
    ]  # fmt: skip
    again = juniper.herald("posts", "retry", post["post_id"])
    assert (again.code, "nothing to retry" in again.err) == (1, True)


def test_ids_of_another_workspace_are_not_found(juniper: Desk) -> None:
    other = juniper.good("workspaces", "create", "Harbor")
    bikes = juniper.good("brands", "create", "Bikes", "--workspace", "Harbor", "--timezone", "UTC")
    theirs = juniper.connect(bikes, "bluesky", "bikes.example")
    post = juniper.good("posts", "create", "--brand", "Bikes", "--to", theirs.id, "--draft", "Secret plans")
    key = juniper.good("keys", "create", "--workspace", "Harbor")
    before = juniper.rows()
    mine = ("--workspace", "Paperboat")
    for arguments in (
        (*BASE, "--to", theirs.id, "--now", "Hi"),
        (*BASE, "--to", "bluesky:bikes.example", "--now", "Hi"),
        ("posts", "create", *mine, "--brand", bikes["brand_id"], "--to", "bluesky", "--now", "Hi"),
        ("posts", "list", *mine, "--brand", bikes["brand_id"]),
        ("posts", "show", post["post_id"], *mine),
        ("posts", "why", post["post_id"], *mine),
        ("posts", "cancel", post["post_id"], *mine),
        ("posts", "retry", post["post_id"], *mine),
        ("accounts", "check", theirs.id, *mine),
        ("accounts", "disconnect", theirs.id, *mine),
        ("accounts", "list", *mine, "--brand", bikes["brand_id"]),
        ("keys", "revoke", key["key_id"], *mine),
        ("keys", "create", *mine, "--brand", bikes["brand_id"]),
        ("brands", "list", "--workspace", "ws_forged"),
    ):
        said = juniper.herald(*arguments, "--json")
        assert (said.code, said.json["error"]["code"]) == (1, "not_found"), arguments
        assert "Secret plans" not in said.out
    assert juniper.rows() == before
    assert juniper.good("posts", "list", *mine) == []
    assert other["workspace_id"] == bikes["workspace_id"]


def test_disconnecting_cancels_what_waits_and_keeps_the_rest(juniper: Desk) -> None:
    post = juniper.good(*BASE, "--at", AT, "Hello")
    said = juniper.good("accounts", "disconnect", "bluesky:juniper.example")
    assert said["cancelled_items"] == 1
    states = {item["platform"]: item["status"] for item in juniper.good("posts", "show", post["post_id"])["items"]}
    assert states == {"bluesky": "cancelled", "mastodon": "scheduled"}
    assert juniper.herald(*BASE, "--now", "Hi").code == 1


def test_a_dump_of_the_database_holds_no_token(juniper: Desk) -> None:
    with closing(sqlite3.connect(juniper.folder / "data" / "herald.db")) as connection:
        dump = "\n".join(connection.iterdump())
    assert "a-very-secret-token" not in dump
    assert b"a-very-secret-token".hex() not in dump.lower()


def test_the_command_itself_runs_and_helps_within_a_second(juniper: Desk) -> None:
    code = "import sys; from bot.cli import main; sys.exit(main())"
    helped = subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "-c", code, "--help"], capture_output=True, text=True, timeout=30, check=True, env={}
    )
    assert "posts" in helped.stdout
    listed = subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "-c", code, "posts", "list", "--json"],
        capture_output=True, text=True, timeout=30, check=True, env=juniper.environ,
    )  # fmt: skip
    assert json.loads(listed.stdout) == []


def test_a_file_of_posts_is_taken_whole(juniper: Desk, tmp_path: Path) -> None:
    (tmp_path / "posts.csv").write_text(f'text,to,at\n"Beans, new",bluesky;mastodon,{AT}\nLater,mastodon,\n')
    made = juniper.good("posts", "import", str(tmp_path / "posts.csv"), "--brand", "Juniper")
    assert [post["status"] for post in made] == ["scheduled", "draft"]


def test_one_bad_line_keeps_every_post_of_a_file_out(juniper: Desk, tmp_path: Path) -> None:
    before = juniper.rows()
    path = tmp_path / "posts.csv"
    path.write_text(f"text,to,at,zone\nGood,bluesky,{AT},\nBad,nobody,{AT},\nWorse,bluesky,2020-01-01T00:00,UTC\n")
    said = juniper.herald("posts", "import", str(path), "--brand", "Juniper")
    assert said.code == 1
    assert "Line 3: No account 'nobody'." in said.err
    assert "Line 4: 00:00 UTC" in said.err
    for text in ("", "text,to\nHi,bluesky\n", "text,to,at,color\n", 'text,to,at\n"Hi,bluesky,\n', "text,to,at\nHi\n"):
        path.write_text(text)
        assert juniper.herald("posts", "import", str(path), "--brand", "Juniper", "--json").code == 1
    assert juniper.rows() == before


def test_the_journal_of_a_post_with_several_items_names_them(juniper: Desk) -> None:
    post = juniper.good(*BASE, "--at", AT, "Hello")
    assert juniper.herald("posts", "cancel", post["post_id"]).code == 0
    journal = juniper.herald("posts", "why", post["post_id"]).out
    assert journal.splitlines()[0].endswith(" · times in Europe/Berlin")
    assert "where" in journal.splitlines()[1]
    assert juniper.herald("posts", "show", post["post_id"]).out.startswith("Cancelled · planned for ")
    lines = juniper.good("posts", "why", post["post_id"])
    assert all(line.keys() == {"at", "event", "detail"} for line in lines)
    item_id = post["items"][0]["item_id"]
    assert juniper.good("posts", "why", item_id) == lines
