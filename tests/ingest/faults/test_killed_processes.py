"""`arrayan ingest kafka` is killed again and again: nothing is lost, and nothing is there twice."""

import random
import signal
from collections.abc import Callable, Sequence
from enum import Enum
from pathlib import Path

from tests.ingest.faults.conftest import CleanRun
from tests.support.database_wire import Aim, Moment
from tests.support.followed_stream import FollowedStream, Member
from tests.support.kafka import Kafka
from tests.support.mixed_stream import Sent, mixed_stream

ALONE, TOGETHER = 5, (1, 2, 2)
"""Kills on each database server: of a group's only member, and of so many of two at once."""

PORTION = 40
"""Messages that come for every life."""

ANSWERS = 14
"""Answers that PostgreSQL gives in a transaction of ours; the packets are archived between two of them."""


class Left(Enum):
    """What a killed process leaves behind, which tells what it was doing."""

    NOTHING = "it was starting, polling or decoding"
    PACKETS_WITHOUT_ROWS = "it had archived packets, and its transaction was not committed"
    ROWS_WITHOUT_OFFSETS = "its transaction was committed, and the offsets were not"


def test_a_member_killed_at_any_moment_loses_and_doubles_nothing(
    database_url: str, kafka: Kafka, tmp_path: Path, digest_of_clean_run: CleanRun
) -> None:
    dice = random.Random(11)
    portions = portions_of(ALONE + len(TOGETHER))
    stream = FollowedStream(kafka, database_url, tmp_path / "archive")
    with stream.members_over_wires() as begin:
        aims = zip(portions, aims_alone(dice), strict=False)
        left = [kill_alone(stream, begin(), portion, aim) for portion, aim in aims]
        assert set(left) == set(Left), left
        kill_some_of_two(stream, begin, portions[ALONE:], dice)
    stream.check(digest_of_clean_run(stream.sent))


def portions_of(kills: int) -> list[list[Sent]]:
    stream = mixed_stream(kills * PORTION)
    return [stream[first : first + PORTION] for first in range(0, len(stream), PORTION)]


def aims_alone(dice: random.Random) -> list[Aim]:
    """At least one of each kind of moment. A second transaction has something new: all of the first may have been
    stored in an earlier life."""
    sure = [
        Aim(Moment.WITHIN),
        Aim(Moment.BEFORE_COMMIT, transaction=2),
        Aim(Moment.AFTER_COMMIT, transaction=2),
        random_aim(dice, Moment.BETWEEN),
    ]
    aims = [*sure, *(random_aim(dice, Moment.WITHIN) for _ in range(ALONE - len(sure)))]
    dice.shuffle(aims)
    return aims


def random_aim(dice: random.Random, moment: Moment | None = None) -> Aim:
    moment = moment or dice.choice(list(Moment))
    answer = dice.randint(1, ANSWERS) if moment == Moment.WITHIN else 1
    delay = dice.uniform(0, 0.02) if moment in (Moment.WITHIN, Moment.BETWEEN) else 0.0
    return Aim(moment, dice.randint(1, 2), answer, delay)


def kill_alone(stream: FollowedStream, member: Member, portion: Sequence[Sent], aim: Aim) -> Left:
    """One life of the only member, and what it leaves."""
    files, rows = stream.unindexed_files(), stream.rows_beyond_offsets()
    member.wire.strike(aim, member.process.kill)
    stream.send(portion)
    wait_until_struck(member)
    stream.wait_until_nobody_writes()
    if stream.rows_beyond_offsets() - rows:
        return Left.ROWS_WITHOUT_OFFSETS
    return Left.PACKETS_WITHOUT_ROWS if stream.unindexed_files() - files else Left.NOTHING


def kill_some_of_two(
    stream: FollowedStream, begin: Callable[[], Member], portions: Sequence[Sequence[Sent]], dice: random.Random
) -> None:
    """Whoever is killed is replaced at once, while the other one, if it lives, goes on."""
    members = [begin(), begin()]
    for victims, portion in zip(TOGETHER, portions, strict=True):
        for member in members[:victims]:
            member.wire.strike(random_aim(dice), member.process.kill)
        stream.send(portion)
        for member in members[:victims]:
            wait_until_struck(member)
        members = [*members[victims:], *(begin() for _ in range(victims))]
    stream.end(*(member.process for member in members))


def wait_until_struck(member: Member) -> None:
    assert member.wire.struck.wait(60), member.process.said()
    assert member.process.process.returncode == -signal.SIGKILL
