"""How much one server process does for those who listen."""

from dataclasses import dataclass
from typing import Self

from runtime.settings import Settings


@dataclass(frozen=True, slots=True)
class LiveLimits:
    """Most connections, subscriptions on one, subscriptions in all, different ones among them, and messages that
    wait for one client; seconds until a client must have begun, and between heartbeats."""

    connections: int = 5000
    per_connection: int = 100
    subscriptions: int = 10_000
    executions: int = 500
    waiting: int = 1000
    init_seconds: float = 10.0
    heartbeat_seconds: float = 20.0

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(
            connections=settings.live_connections,
            subscriptions=settings.live_subscriptions,
            executions=settings.live_executions,
            waiting=settings.live_waiting,
            heartbeat_seconds=settings.live_heartbeat_seconds,
        )
