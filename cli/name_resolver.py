"""The name resolver that the settings name."""

from api.name_resolver import NameResolver
from runtime.settings import Settings


def name_resolver(settings: Settings) -> NameResolver | None:
    """None when nobody is to be asked."""
    return NameResolver(settings.name_resolver_url) if settings.name_resolver_url else None
