"""Everything at once, for as long as ARRAYAN_SOAK_MINUTES says (5): `make soak`. No part of the ordinary tests.

A round is ten faults, drawn by chance from a seed that is printed, on a Kafka and a PostgreSQL of its own, with two
members; at its end the account is made. ARRAYAN_SOAK_SEED repeats a soak.
"""

import os
import random
import resource
import secrets
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.ingest.faults.conftest import CleanRun
from tests.ingest.faults.test_killed_processes import random_aim, wait_until_struck
from tests.support.database_wire import Aim, Moment
from tests.support.followed_stream import FollowedStream, Member
from tests.support.kafka import Kafka, OwnBroker
from tests.support.mixed_stream import mixed_stream, refused_by_the_database
from tests.support.own_database import OwnDatabase

FAULTS, PORTION = 10, 60
SMALL_FILE_BYTES = 100_000


def test_everything_at_once(
    own_database: OwnDatabase, own_broker: OwnBroker, tmp_path: Path, digest_of_clean_run: CleanRun
) -> None:
    until = time.monotonic() + 60 * float(os.environ.get("ARRAYAN_SOAK_MINUTES", "5"))
    seed = int(os.environ.get("ARRAYAN_SOAK_SEED", secrets.randbelow(1 << 30)))
    number = 0
    with closing(Kafka(own_broker.start())) as kafka:
        while time.monotonic() < until:
            number += 1
            stream = FollowedStream(kafka, own_database.new_database(), tmp_path / f"archive {number}")
            said = Round(stream, own_database, own_broker, random.Random(f"{seed} {number}")).run()
            stream.check(digest_of_clean_run(stream.sent))
            print(f"seed {seed} round {number}: {len(stream.sent)} messages, {', '.join(said)}")  # noqa: T201


class Round:
    """Ten faults, one after the other, while two members follow a stream."""

    def __init__(
        self, stream: FollowedStream, database: OwnDatabase, broker: OwnBroker, dice: random.Random
    ) -> None:
        self._stream, self._database, self._broker, self._dice = stream, database, broker, dice

    def run(self) -> list[str]:
        """What befell it. Returns when everything is stored and the members have ended well."""
        faults: list[Callable[[Member], None]] = [
            *(self.kill_the_member, self.kill_the_member, self.kill_the_database, self.shut_the_database_down),
            *(self.lose_an_answer, self.stop_the_broker, self.kill_the_broker, self.refuse_packets),
        ]
        said = []
        with self._stream.members_over_wires() as begin:
            members = [begin(), begin()]
            for turn in range(FAULTS):
                fault = self._dice.choice(faults)
                said.append(fault.__name__)
                self._send()
                fault(members[turn % 2])
                if members[turn % 2].process.process.poll() is not None:
                    members[turn % 2] = begin()
            self._stream.end(*(member.process for member in members))
        return said

    def _send(self) -> None:
        first = len(self._stream.sent)
        self._stream.send([*mixed_stream(PORTION - 1, first=first), refused_by_the_database(first)])

    def kill_the_member(self, member: Member) -> None:
        member.wire.strike(random_aim(self._dice), member.process.kill)
        wait_until_struck(member)

    def lose_an_answer(self, member: Member) -> None:
        member.wire.strike(Aim(Moment.AFTER_COMMIT))
        self._wait_until_struck(member)

    def kill_the_database(self, member: Member) -> None:
        self._restart_database(member, self._database.kill)

    def shut_the_database_down(self, member: Member) -> None:
        self._restart_database(member, self._database.shut_down_at_once)

    def stop_the_broker(self, _member: Member) -> None:
        self._restart_broker(self._broker.stop)

    def kill_the_broker(self, _member: Member) -> None:
        self._restart_broker(self._broker.kill)

    def refuse_packets(self, member: Member) -> None:
        pid = member.process.process.pid
        soft, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (SMALL_FILE_BYTES, hard))
        time.sleep(self._dice.uniform(0, 3))
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))

    def _restart_database(self, member: Member, end: Callable[[], None]) -> None:
        member.wire.strike(random_aim(self._dice), end)
        self._wait_until_struck(member)
        self._database.start_again()

    def _restart_broker(self, end: Callable[[], None]) -> None:
        time.sleep(self._dice.uniform(0, 3))
        end()
        time.sleep(self._dice.uniform(0, 3))
        self._broker.start()

    def _wait_until_struck(self, member: Member) -> None:
        """Its partitions have something for it, unless the other one has everything."""
        while not member.wire.struck.wait(10):
            self._send()
