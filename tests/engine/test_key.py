from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tumorcast.engine import key_of

JSON_VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=8)


def test_the_key_is_the_digest_of_the_canonical_json() -> None:
    expected = hashlib.sha256(b'["crop","2",{"a":1,"b":[0.5]},["x","y"]]').hexdigest()
    assert key_of("crop", "2", {"b": [0.5], "a": 1}, ["x", "y"]) == expected


@given(st.dictionaries(st.text(max_size=5), JSON_VALUES, max_size=6))
def test_the_order_of_parameters_does_not_matter(parameters: dict[str, object]) -> None:
    backwards = dict(reversed(parameters.items()))
    assert key_of("s", "1", parameters, []) == key_of("s", "1", backwards, [])


@pytest.mark.parametrize(
    ("stage", "version", "parameters", "inputs"),
    [
        ("t", "1", {"a": 1}, ["x", "y"]),
        ("s", "2", {"a": 1}, ["x", "y"]),
        ("s", "1", {"a": 2}, ["x", "y"]),
        ("s", "1", {"a": 1}, ["y", "x"]),
        ("s", "1", {"a": 1}, ["xy"]),
    ],
)
def test_every_part_changes_the_key(
    stage: str, version: str, parameters: dict[str, object], inputs: list[str]
) -> None:
    assert key_of(stage, version, parameters, inputs) != key_of("s", "1", {"a": 1}, ["x", "y"])


def test_parameters_without_a_stable_text_are_refused() -> None:
    with pytest.raises(TypeError):
        key_of("s", "1", {"a": object()}, [])
    with pytest.raises(ValueError, match="not JSON compliant"):
        key_of("s", "1", {"a": float("nan")}, [])
