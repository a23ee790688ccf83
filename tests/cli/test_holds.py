"""herald brands hold, release and slots; herald workspaces hold and release."""

from tests.cli.desk import Desk


def test_a_brand_is_held_until_it_is_released(juniper: Desk) -> None:
    made = juniper.good("posts", "create", "--brand", "Juniper", "--to", "mastodon", "--slot", "Hello")
    held = juniper.good("brands", "hold", "Juniper", "--until", "in 2h", "--reason", "outage")
    assert (held["name"], held["waiting"], held["underway"], held["already"]) == ("Juniper", 1, [], False)
    assert held["hold"]["reason"] == "outage"
    assert held["hold"]["until"] > held["hold"]["since"]
    assert juniper.good("brands", "hold", "Juniper")["already"]
    assert "until" in juniper.herald("brands", "hold", "Juniper").out
    said = juniper.herald("brands", "hold", "Juniper", "--until", "whenever")
    assert said.code == 1
    done = juniper.good("brands", "release", "Juniper")
    assert (done["going"], done["late"], done["waiting"], done["hold"]) == (0, 0, 1, None)
    again = juniper.herald("brands", "release", "Juniper")
    assert (again.code, "not on hold" in again.err) == (1, True)
    assert juniper.good("posts", "show", made["post_id"])["status"] == "scheduled"


def test_a_post_is_held_alone_until_it_is_released(juniper: Desk) -> None:
    made = juniper.good("posts", "create", "--brand", "Juniper", "--to", "mastodon", "--slot", "Hello")
    assert made["hold"] is None
    held = juniper.good("posts", "hold", made["post_id"], "--until", "in 2h", "--reason", "recall")
    assert (held["post_id"], held["status"], held["underway"], held["already"]) == (
        made["post_id"],
        "scheduled",
        [],
        False,
    )
    assert (held["hold"]["reason"], held["hold"]["by"]) == ("recall", "cli")
    assert juniper.good("posts", "hold", made["code"])["already"]
    assert juniper.herald("posts", "hold", made["code"]).out.startswith(f"Post {made['code']} is on hold until ")
    assert juniper.good("posts", "show", made["post_id"])["hold"] == held["hold"]
    assert juniper.herald("posts", "show", made["post_id"]).out.startswith("On hold, planned for ")
    said = juniper.herald("posts", "hold", made["code"], "--until", "whenever")
    assert said.code == 1
    done = juniper.good("posts", "release", made["code"])
    assert (done["going"], done["late"], done["hold"], done["status"]) == (False, False, None, "scheduled")
    again = juniper.herald("posts", "release", made["code"])
    assert (again.code, "not on hold by itself" in again.err) == (1, True)
    told = [(line["event"], line["detail"]) for line in juniper.good("posts", "why", made["post_id"])]
    assert ("release", "Released. (by cli)") in told
    assert any(event == "hold" and "recall" in detail for event, detail in told)
    juniper.good("posts", "hold", made["code"])
    juniper.good("brands", "hold", "Juniper")
    assert "still on hold with its brand" in juniper.herald("posts", "release", made["code"]).out
    juniper.good("brands", "release", "Juniper")
    juniper.good("posts", "hold", made["code"])
    assert "It keeps its time" in juniper.herald("posts", "release", made["code"]).out


def test_a_workspace_is_held_as_a_whole_and_all_of_them_at_once(juniper: Desk) -> None:
    workspace = juniper.good("workspaces", "list")[0]["workspace_id"]
    assert juniper.good("workspaces", "hold", workspace)["workspace_id"] == workspace
    both = juniper.good("workspaces", "hold", "--all", "--reason", "flood")
    assert len(both) == len(juniper.good("workspaces", "list"))
    said = juniper.herald("brands", "release", "Juniper")
    assert said.code == 1
    assert len(juniper.good("workspaces", "release", "--all")) == len(both)
    assert juniper.herald("workspaces", "release", "--all").out == "Nothing was on hold.\n"
    assert juniper.herald("workspaces", "hold", workspace, "--all").code == 2


def test_slots_are_seen_set_and_filled_one_after_another(juniper: Desk) -> None:
    usual = juniper.good("brands", "slots", "Juniper")
    assert (usual["slots"], usual["set"]) == ("mon-fri 09:00, 15:00", False)
    mine = juniper.good("brands", "slots", "Juniper", "--set", "sat 10:00; Sunday 9am")
    assert (mine["slots"], mine["set"]) == ("sat 10:00; sun 09:00", True)
    times = [
        juniper.good("posts", "create", "--brand", "Juniper", "--to", "mastodon", "--slot", text)["scheduled_at"]
        for text in ("One", "Two", "Three")
    ]
    assert times == mine["next_free"][:3]
    assert juniper.good("brands", "slots", "Juniper")["next_free"][:2] == mine["next_free"][3:]
    said = juniper.herald("brands", "slots", "Juniper", "--set", "someday 9am")
    assert (said.code, "names no day" in said.err) == (1, True)
    assert "sat 10:00" in juniper.herald("brands", "slots", "Juniper").out
    assert juniper.good("brands", "slots", "Juniper", "--set", "")["slots"] == usual["slots"]
