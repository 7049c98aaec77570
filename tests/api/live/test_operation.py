"""Which subscriptions are the same, and where each begins."""

from typing import Any

import pytest

from api.live.operation import InvalidRequest, Operation, operation_of

WITH_VARIABLE = (
    "subscription S($after: ID, $n: String) { detected(after: $after, where: {nameLike: $n}) { eventId } }"
)


def asked(query: str, name: str | None = None, **variables: Any) -> Operation:
    return operation_of({"query": query, "variables": variables, "operationName": name})


@pytest.mark.parametrize(
    ("query", "variables", "after"),
    [
        ("subscription { detected { eventId } }", {}, None),
        ('subscription { detected(after: "5.00000001") { eventId } }', {}, "5.00000001"),
        ("subscription { detected(after: 0) { eventId } }", {}, "0"),
        (WITH_VARIABLE, {"after": "7.00000002"}, "7.00000002"),
        (WITH_VARIABLE, {"after": 0}, "0"),
        (WITH_VARIABLE, {"after": None}, None),
        (WITH_VARIABLE, {}, None),
        ('subscription($a: ID = "3.00000000") { classified(after: $a) { eventId } }', {}, "3.00000000"),
        ('subscription($a: ID = "3.00000000") { classified(after: $a) { eventId } }', {"a": "4.0"}, "4.0"),
        ('subscription { ...F } fragment F on Subscription { d: detected(after: "9.0") { eventId } }', {}, "9.0"),
        ('subscription { ... on Subscription { detected(after: "9.0") { eventId } } }', {}, "9.0"),
    ],
)
def test_where_it_begins(query: str, variables: dict[str, Any], after: str | None) -> None:
    operation = asked(query, **variables)
    assert operation.is_subscription
    assert operation.after == after


def test_subscriptions_that_differ_in_where_they_begin_are_the_same() -> None:
    keys = {asked(WITH_VARIABLE, after=after, n="ZTF*").key for after in ("1.00000000", None, 0)}
    assert keys == {asked(WITH_VARIABLE, n="ZTF*").key}
    assert asked(WITH_VARIABLE, n="LSST*").key not in keys
    assert asked(WITH_VARIABLE, "S", n="ZTF*").key not in keys


def test_a_variable_that_serves_for_something_else_too_makes_a_difference() -> None:
    query = "subscription($a: ID) { detected(after: $a) { object { stamps(candid: $a) { candid } } } }"
    assert asked(query, a="1").key != asked(query, a="2").key


def test_of_several_operations_the_named_one_counts() -> None:
    query = 'query Q { __typename } subscription S { detected(after: "1.0") { eventId } }'
    assert asked(query, "S").after == "1.0"
    assert not asked(query, "Q").is_subscription
    assert not asked(query).is_subscription


@pytest.mark.parametrize("query", ["{", "", "{ __typename }", "subscription", "{ a " * 5000])
def test_what_is_no_subscription_is_left_to_the_schema(query: str) -> None:
    assert not asked(query).is_subscription


@pytest.mark.parametrize(
    "request_",
    [None, [], "{}", {}, {"query": 1}, {"query": "{a}", "variables": []}, {"query": "{a}", "operationName": 1}],
)
def test_what_is_no_request_is_refused(request_: Any) -> None:
    with pytest.raises(InvalidRequest):
        operation_of(request_)
