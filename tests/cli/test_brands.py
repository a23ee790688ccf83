"""herald brands: what can be changed later."""

from tests.cli.desk import Desk


def test_a_brands_zone_and_channel_can_be_changed_later(juniper: Desk) -> None:
    changed = juniper.good("brands", "change", "Juniper", "--timezone", "America/New_York", "--channel", "C0JUNIPER")
    assert (changed["name"], changed["timezone"], changed["channel"]) == ("Juniper", "America/New_York", "C0JUNIPER")
    assert juniper.good("brands", "change", "Juniper", "--channel", "")["channel"] is None
    said = juniper.herald("brands", "change", "Juniper", "--timezone", "Mars/Olympus")
    assert said.code == 1
    assert juniper.good("brands", "list")[0]["timezone"] == "America/New_York"


def test_who_approves_can_be_asked_and_is_refused_where_nobody_could_decide(juniper: Desk) -> None:
    assert juniper.good("brands", "approvals", "Juniper")["rule"] == "none"
    without_slack = juniper.herald("brands", "approvals", "Juniper", "--rule", "one", "--approver", "U2OMAR")
    assert without_slack.code == 1
    nobody = juniper.herald("brands", "approvals", "Juniper", "--rule", "all")
    assert nobody.code == 1
    assert juniper.good("brands", "approvals", "Juniper") | {"brand_id": "", "workspace_id": ""} == {
        "brand_id": "",
        "workspace_id": "",
        "rule": "none",
        "approvers": [],
    }
