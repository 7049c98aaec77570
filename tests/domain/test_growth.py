"""When a light curve is classified again."""

from itertools import accumulate, pairwise

from hypothesis import given
from hypothesis import strategies as st

from domain.growth import FIRST_DETECTIONS, MARKS, Counts, Growth


def is_due(before: tuple[int, int], after: tuple[int, int]) -> bool:
    return Growth(1, Counts(*before), Counts(*after)).is_due


def test_the_first_time_is_when_one_band_has_enough() -> None:
    assert not is_due((0, 0), (10, 5))
    assert is_due((10, 5), (11, 6))
    assert is_due((0, 0), (40, 20))


def test_marks_are_a_tenth_apart() -> None:
    assert MARKS[:12] == [6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 21, 24]
    assert all(mark < following <= mark * 1.1 + 1 for mark, following in pairwise(MARKS))


def test_nothing_is_due_without_growth() -> None:
    assert not is_due((100, 60), (100, 60))


@given(st.lists(st.integers(1, 40), min_size=1, max_size=60))
def test_what_the_last_answer_did_not_see_is_a_tenth_at_most(steps: list[int]) -> None:
    seen = before = 0
    for after in accumulate(steps):
        if is_due((before, before), (after, after)):
            seen = after
        before = after
        assert after < FIRST_DETECTIONS or after - seen <= 0.1 * seen + 1


@given(st.integers(6, 3000))
def test_one_by_one_an_object_is_classified_once_per_mark(count: int) -> None:
    times = sum(is_due((number - 1, number - 1), (number, number)) for number in range(1, count + 1))
    assert times == sum(mark <= count for mark in MARKS)
