"""The page's own files; no browser is needed for this."""

from pathlib import Path

PAGE = Path(__file__).parents[3] / "sandbox" / "slack" / "page"
LONGEST_FILE = 450


def test_the_page_is_small_files_without_outside_addresses() -> None:
    files = [path for path in PAGE.rglob("*") if path.suffix in {".html", ".css", ".js"}]
    texts = {path.name: path.read_text(encoding="utf-8") for path in files}

    assert len(texts) > 20
    assert {name for name, text in texts.items() if text.count("\n") >= LONGEST_FILE} == set()
    assert {name for name, text in texts.items() if "innerHTML" in text or "eval(" in text} == set()
    assert {name for name, text in texts.items() if "@import" in text or 'src="http' in text} == set()
