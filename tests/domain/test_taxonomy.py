"""Taxonomies are trees."""

import pytest

from domain.taxonomy import InvalidTaxonomy, TaxonClass, Taxonomy


def taxonomy(*classes: tuple[str, str | None]) -> Taxonomy:
    return Taxonomy("test", "1", tuple(TaxonClass(name, "", parent) for name, parent in classes))


def test_leaves_are_the_classes_without_children() -> None:
    tree = taxonomy(("a", None), ("b", None), ("c", "a"), ("d", "a"), ("e", "d"))
    assert tree.leaves == ("b", "c", "e")
    assert tree.children("a") == ("c", "d")
    assert tree.children("e") == ()


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        ((("a", None), ("a", None)), "more than once"),
        ((("a", "b"), ("b", None)), "parent of 'a'"),
        ((("a", "a"),), "parent of 'a'"),
        ((), "no class"),
    ],
)
def test_what_is_no_tree_is_refused(classes: tuple[tuple[str, str | None], ...], message: str) -> None:
    with pytest.raises(InvalidTaxonomy, match=message):
        taxonomy(*classes)
