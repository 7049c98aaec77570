"""100,000 events of eight writers, and clients killed fifty times and more: `make soak-live`."""

import sys

from tests.support.live_broker import LiveBroker
from tests.support.live_fire import listen_by_events, listen_by_websocket, under_fire

EVENTS, KILLS = 100_000, 50
EVENTS_OF_A_BATCH = 6.75
"""Of a writer, on average, those that are undone counted in."""


def test_nothing_is_lost_or_doubled(broker: LiveBroker) -> None:
    listeners = [listen_by_websocket, listen_by_websocket, listen_by_events]
    batches = round(1.03 * EVENTS / 8 / EVENTS_OF_A_BATCH)
    fire = under_fire(broker, listeners, batches=batches, longest=6000, seconds=1800)
    lost = [len(set(fire.everything) - set(told)) for told in fire.told]
    doubled = [len(told) - len(set(told)) for told in fire.told]
    in_order = [told == sorted(told, key=lambda event_id: int(event_id.partition(".")[0])) for told in fire.told]
    sys.stdout.write(
        f"\n{len(fire.everything)} events, {fire.kills} kills of {len(listeners)} clients: "
        f"lost {lost}, doubled {doubled}, in order {in_order}\n"
    )
    assert len(fire.everything) >= EVENTS
    assert fire.kills >= KILLS
    assert fire.told == [fire.everything] * len(listeners)
