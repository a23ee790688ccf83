"""herald brands: what can be changed later."""

from tests.cli.desk import Desk


def test_a_brands_zone_and_channel_can_be_changed_later(juniper: Desk) -> None:
    changed = juniper.good("brands", "change", "Juniper", "--timezone", "America/New_York", "--channel", "C0JUNIPER")
    assert (changed["name"], changed["timezone"], changed["channel"]) == ("Juniper", "America/New_York", "C0JUNIPER")
    assert juniper.good("brands", "change", "Juniper", "--channel", "")["channel"] is None
    said = juniper.herald("brands", "change", "Juniper", "--timezone", "Mars/Olympus")
    assert said.code == 1
    assert juniper.good("brands", "list")[0]["timezone"] == "America/New_York"
