"""Splits by group."""

from hypothesis import given
from hypothesis import strategies as st

from classify.training.folds import fold_of_groups


@given(groups=st.lists(st.text(max_size=5), max_size=50))
def test_a_group_is_never_divided_nor_moved_by_others(groups: list[str]) -> None:
    fold = fold_of_groups(groups, 3, seed=1).tolist()
    assert all(0 <= number < 3 for number in fold)
    assert [fold_of_groups([group], 3, seed=1).item() for group in groups] == fold


def test_folds_are_of_about_equal_size() -> None:
    fold = fold_of_groups([str(k) for k in range(3000)], 3, seed=1)
    assert min((fold == k).sum() for k in range(3)) > 900
