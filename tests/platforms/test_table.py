"""The README says of the networks what is true."""

from tests.platforms.table import BEGIN, END, ROOT, with_table


def test_the_readmes_table_is_what_the_connectors_say() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert BEGIN in readme
    assert END in readme
    assert readme == with_table(readme), "run make table"
