"""What the settings let clients of the endpoint do."""

from api.clients import ClientLimits
from runtime.settings import Settings


def client_limits(settings: Settings) -> ClientLimits:
    """Limits of a client without a token; 0 in the settings is none."""
    return ClientLimits(
        cost_per_minute=settings.client_cost_per_minute or None,
        concurrency=settings.client_concurrency or None,
        queue=settings.client_queue,
    )
