"""The endpoint as the settings want it."""

from starlette.applications import Starlette

from api.app import create_app
from api.clients import BudgetOf
from api.cross_origin import origins_of
from api.live.limits import LiveLimits
from cli.client_limits import client_limits
from cli.name_resolver import name_resolver
from cli.sky_images import sky_images
from cli.stores import reader_of
from runtime.settings import Settings
from storage.packet_archive import PacketArchive
from storage.passing_files import PassingFileStore
from storage.skymaps import SkymapStore


def endpoint(settings: Settings, url: str, budget_of: BudgetOf | None = None) -> Starlette:
    """The application over a database. Raises InvalidTrustedDocument."""
    return create_app(
        reader_of(url, settings),
        PacketArchive(settings.packet_archive),
        skymaps=SkymapStore(url),
        tables=PassingFileStore(url),
        trusted_documents=settings.trusted_documents,
        limits=client_limits(settings),
        budget_of=budget_of,
        live=LiveLimits.of(settings),
        name_resolver=name_resolver(settings),
        sky_images=sky_images(settings),
        origins=origins_of(settings.cors_origins),
    )
