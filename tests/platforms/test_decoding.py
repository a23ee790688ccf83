"""JSON of others: the same value whoever decodes it, and what is no JSON is a ValueError."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platforms.decoding import decoded

_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(_values, st.booleans(), st.booleans())
def test_what_is_json_is_what_pythons_own_decoder_says(value: object, ascii_only: bool, as_bytes: bool) -> None:  # noqa: FBT001
    text = json.dumps(value, ensure_ascii=ascii_only)
    if not ascii_only:
        text = text.encode(errors="replace").decode()
    found = decoded(text.encode() if as_bytes else text)
    assert repr(found) == repr(json.loads(text))


@pytest.mark.parametrize(
    "text",
    [b"[1e400]", b'{"a":"\\ud800"}', b"[NaN, -Infinity]", '{"id":1}'.encode("utf-16"), b' {"a":1,"a":2} ', b"9" * 400],
)
def test_what_is_hardly_json_is_taken_too(text: bytes) -> None:
    assert repr(decoded(text)) == repr(json.loads(text))


@pytest.mark.parametrize("text", [b"", b"{}x", b'"\xff"', b"<html>", b"[" * 100_000, b"{'a': 1}", b"9" * 5_000])
def test_what_is_none_is_a_value_error(text: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # its words are the decoder's
        decoded(text)
