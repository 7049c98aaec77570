"""Who asks, and how much at once: a client is a token, or else an address."""

import asyncio
import ipaddress
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import lru_cache

from starlette.requests import HTTPConnection

from api.budgets import WINDOW_SECONDS, PointBudget
from api.refusal import Refused
from api.tokens import TokenKeeper
from graphql_schema.allowance import Allowance
from graphql_schema.errors import BudgetSpent, ErrorCode
from graphql_schema.limits import MAX_COST
from storage.database import DatabaseUnavailable

CLIENTS_REMEMBERED = 20_000
HOSTS_REMEMBERED = 4096
IPV6_NETWORK_BITS = 64
"""One household has as many addresses as it likes within such a network."""
QUEUE_SECONDS = 10.0
BUSY_RETRY_SECONDS = 1
PAUSE_SECONDS = 0.25
"""Whoever has nothing left and goes on asking is answered after this, so that refusing costs little."""
CHARACTERS_PER_POINT = 5
"""What a document that is refused costs: reading it is work, too."""
LEAST_REFUSAL = 10

BudgetOf = Callable[[str, int], PointBudget]
"""The budget of a client, by its name and by the points that it may spend in a minute."""


@dataclass(frozen=True, slots=True)
class ClientLimits:
    """What a client may do at once and over time; None is without a limit."""

    cost_per_minute: int | None = None
    concurrency: int | None = None
    queue: int = 0


@dataclass(slots=True)
class Client:
    """What is known of one who asks."""

    budget: PointBudget | None
    running: int = 0
    waiting: deque[asyncio.Future[None]] = field(default_factory=deque)

    def allowance(self) -> Allowance:
        """What one request of this client may spend."""
        return Allowance(MAX_COST, self.budget)

    def pay(self, cost: int) -> None:
        """Pay for a request that is none of GraphQL. Raises Refused."""
        if self.budget is not None:
            try:
                self.budget.take(cost)
            except BudgetSpent as spent:
                raise too_much(spent) from None

    def charge_refusal(self, document: str) -> None:
        """A document that was read and refused is paid for."""
        if self.budget is not None:
            self.budget.charge(LEAST_REFUSAL + len(document) // CHARACTERS_PER_POINT)

    def retry_headers(self, allowance: Allowance) -> dict[str, str]:
        """When a request that was refused may come again."""
        if self.budget is None:
            return {}
        return {"Retry-After": str(max(1, self.budget.seconds_until(allowance.refused)))}

    def headers(self) -> dict[str, str]:
        """What is left to the client, as the drafts of the IETF have it."""
        if self.budget is None:
            return {}
        left, seconds = self.budget.remaining, self.budget.seconds_until(self.budget.per_minute)
        return {
            "RateLimit-Policy": f'"cost";q={self.budget.per_minute};w={WINDOW_SECONDS}',
            "RateLimit": f'"cost";r={left};t={seconds}',
        }


class Clients:
    """Everybody who asked of late."""

    def __init__(
        self, limits: ClientLimits, tokens: TokenKeeper | None = None, budget_of: BudgetOf | None = None
    ) -> None:
        """Without `budget_of`, budgets are those of this process alone."""
        self._limits = limits
        self._tokens = tokens
        self._budget_of = budget_of or (lambda _, per_minute: PointBudget(per_minute))
        self._known: OrderedDict[str, Client] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    async def client_of(self, asking: HTTPConnection) -> Client:
        """Who asks. Raises Refused for a token that is not valid, or that cannot be looked up now."""
        authorization = asking.headers.get("authorization")
        if authorization is None or self._tokens is None:
            return self._client(_address(asking), self._limits.cost_per_minute)
        scheme, _, secret = authorization.partition(" ")
        try:
            token = await self._tokens.token_of(secret.strip()) if scheme.lower() == "bearer" else None
        except DatabaseUnavailable as error:
            raise Refused(503, ErrorCode.UNAVAILABLE, str(error)) from error
        if token is None:
            stranger = self._client(_address(asking), self._limits.cost_per_minute)
            stranger.charge_refusal(authorization)
            raise Refused(
                401,
                ErrorCode.UNAUTHENTICATED,
                "the token is not known, has expired or was revoked: ask without Authorization, or with another",
                {"WWW-Authenticate": 'Bearer realm="arrayan"'},
            )
        return self._client(f"token {token.token_id}", token.cost_per_minute)

    @asynccontextmanager
    async def turn(self, client: Client) -> AsyncIterator[None]:
        """Wait until the client may run one more request. Raises Refused when too many wait, or nothing is left."""
        if client.budget is not None:
            try:
                client.budget.require_any()
            except BudgetSpent as spent:
                await asyncio.sleep(PAUSE_SECONDS)
                raise too_much(spent) from None
        await self._begin(client)
        try:
            yield
        finally:
            _end(client)

    async def _begin(self, client: Client) -> None:
        most = self._limits.concurrency
        if most is None or client.running < most:
            client.running += 1
            return
        if len(client.waiting) >= self._limits.queue:
            raise _busy(most)
        turn = asyncio.get_running_loop().create_future()
        client.waiting.append(turn)
        try:
            await asyncio.wait_for(turn, QUEUE_SECONDS)
        except (TimeoutError, asyncio.CancelledError) as ended:
            if turn.done() and not turn.cancelled():
                _end(client)  # its turn came while it was giving up
            elif turn in client.waiting:
                client.waiting.remove(turn)
            if isinstance(ended, TimeoutError):
                raise _busy(most) from None
            raise

    def _client(self, name: str, per_minute: int | None) -> Client:
        client = self._known.get(name)
        if client is None or (client.budget.per_minute if client.budget else None) != per_minute:
            budget = None if per_minute is None else self._budget_of(name, per_minute)
            client = self._known[name] = Client(budget)
            while len(self._known) > CLIENTS_REMEMBERED:
                self._known.popitem(last=False)
        self._known.move_to_end(name)
        return client


def _end(client: Client) -> None:
    """One request less; the one that waited longest goes on."""
    client.running -= 1
    while client.waiting:
        next_one = client.waiting.popleft()
        if not next_one.done():
            client.running += 1
            next_one.set_result(None)
            return


def too_much(spent: BudgetSpent) -> Refused:
    """The refusal of a client whose points are spent."""
    return Refused(429, ErrorCode.RATE_LIMITED, str(spent), {"Retry-After": str(spent.seconds)})


def _busy(most: int) -> Refused:
    return Refused(
        429,
        ErrorCode.RATE_LIMITED,
        f"{most} requests of yours are answered and as many as may wait are waiting: ask fewer at once",
        {"Retry-After": str(BUSY_RETRY_SECONDS)},
    )


def _address(asking: HTTPConnection) -> str:
    return "unknown" if asking.client is None else _network(asking.client.host)


@lru_cache(maxsize=HOSTS_REMEMBERED)
def _network(host: str) -> str:
    """What of an address tells one client from another."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.version == 6:
        return str(ipaddress.ip_network((address, IPV6_NETWORK_BITS), strict=False))
    return str(address)
