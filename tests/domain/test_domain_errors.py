"""Refusals, and hints for mistyped names."""

import pytest

from domain.errors import Busy, Conflict, Fault, Invalid, Refusal, suggest_nearest


def test_a_refusal_reads_like_its_detail() -> None:
    refusal = Invalid("invalid-x", "x is wrong", (Fault("/x", "type-error", "wrong"),))
    assert str(refusal) == "x is wrong"
    assert refusal.extra == {}
    assert isinstance(refusal, Refusal)
    assert refusal == Invalid("invalid-x", "x is wrong", (Fault("/x", "type-error", "wrong"),))


def test_a_busy_dataset_says_when_to_retry() -> None:
    assert (Busy("dataset-busy", "…").retry_after, issubclass(Busy, Conflict)) == (1, True)


@pytest.mark.parametrize(
    ("name", "known", "hint"),
    [
        ("nmae", ["age", "name", "names"], "did you mean 'name'?"),
        ("ab", ["abcd"], "did you mean 'abcd'?"),
        ("abc", ["abcd", "abce"], "did you mean 'abce'?"),
        ("x", ["age", "name"], "known are 'age', 'name'"),
        ("x", [], "there are none"),
        ("x", [str(number) for number in range(3)], "known are '0', '1', '2'"),
        ("x", ["y"] * 20, "known are " + ", ".join(["'y'"] * 20)),
        ("x", ["y"] * 21, "known are " + ", ".join(["'y'"] * 20) + " …"),
    ],
)
def test_a_mistyped_name_gets_a_hint(name: str, known: list[str], hint: str) -> None:
    assert suggest_nearest(name, known) == hint
