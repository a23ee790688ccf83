"""herald posts create --best."""

from tests.cli.desk import Desk


def test_the_best_time_is_refused_while_too_little_is_known(juniper: Desk) -> None:
    said = juniper.herald("posts", "create", "--brand", "Juniper", "--to", "mastodon", "--best", "Hello")

    assert said.code == 1
    assert "needs 8 published posts with numbers, Juniper has 0. Choose a time." in said.err
    twice = juniper.herald("posts", "create", "--brand", "Juniper", "--to", "mastodon", "--best", "--now", "Hello")
    assert twice.code == 2
