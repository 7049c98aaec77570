"""The application: every route, and what they share."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from api.application import Application
from api.client_turns import TakeTurns
from api.clients import BudgetOf, ClientLimits, Clients
from api.compressing import Compressing, CompressingAny
from api.cone_search_route import cone_search_route
from api.cross_origin import ANY, CrossOrigin
from api.crossmatch_route import crossmatch_routes
from api.cutting_short import CuttingShort
from api.graphiql import graphiql_routes
from api.graphql_view import GraphQLView
from api.health import health_routes
from api.live.event_stream import EventStreams
from api.live.hub import LiveHub
from api.live.limits import LiveLimits
from api.live.websocket import WebSockets
from api.name_resolver import NameResolver
from api.no_route import no_route
from api.pages.asking import Asker
from api.pages.crossmatch_routes import crossmatch_page_routes
from api.pages.routes import page_routes
from api.persisted_documents import PersistedDocuments
from api.request_metrics import CountRequests, watch_pool
from api.sky_images import SkyImages
from api.skymap_routes import skymap_routes
from api.stamp_routes import LoadStamp, stamp_routes
from api.take_out_routes import take_out_routes
from api.tokens import TokenKeeper
from api.trusted_documents import load_trusted_documents
from api.unavailable import unavailable
from api.worked_queries import worked_queries
from domain.errors import ArrayanError
from domain.stamp import StampKind
from domain.survey import SurveyName
from graphql_schema.schema import make_schema
from storage.packet_archive import PacketArchive
from storage.passing_files import PassingFileStore
from storage.reader import Reader
from storage.skymaps import SkymapStore
from storage.stamps import read_stamp, stamps_of_candid

GRAPHQL_PATH = "/graphql"


def create_app(
    reader: Reader,
    archive: PacketArchive,
    *,
    skymaps: SkymapStore | None = None,
    tables: PassingFileStore | None = None,
    trusted_documents: Path | None = None,
    limits: ClientLimits | None = None,
    budget_of: BudgetOf | None = None,
    live: LiveLimits | None = None,
    name_resolver: NameResolver | None = None,
    sky_images: SkyImages | None = None,
    origins: frozenset[str] = frozenset({ANY}),
) -> Starlette:
    """The ASGI application over a database and a packet archive; it opens and closes the reader.

    Without `skymaps`, no sky map is taken in, and without `tables` no table by the crossmatch page.
    `trusted_documents` is a folder or file of documents that may cost more; without `limits`, clients are not told
    apart, and may ask as much as they like; `budget_of` finds budgets that several processes share; without
    `name_resolver`, pages look no names up; without `sky_images`, they offer no picture of another survey;
    `origins` are those whose pages may read what is answered.
    `app.state.goodbye()` sends those who listen away in order, before the server stops. Raises
    InvalidTrustedDocument.
    """
    schema = make_schema()
    trusted = load_trusted_documents(trusted_documents, schema._schema) if trusted_documents else {}
    clients = Clients(limits or ClientLimits(), TokenKeeper(reader), budget_of)
    hub = LiveHub(schema, reader, archive, live or LiveLimits())
    documents = PersistedDocuments(trusted)
    view = GraphQLView(schema, reader, archive, documents, EventStreams(hub), clients=clients)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        del app
        await reader.open()
        try:
            async with AsyncExitStack() as stack:
                if tables is not None:
                    await stack.enter_async_context(tables.opened())
                await stack.enter_async_context(watch_pool(reader))
                yield
        finally:
            await hub.close()
            await reader.close()

    asker = Asker(schema, reader, archive)
    pages = [
        *page_routes(asker, name_resolver, sky_images),
        *crossmatch_page_routes(asker, reader, tables, clients),
    ]
    app = Application(
        GRAPHQL_PATH,
        CountRequests(CrossOrigin(CuttingShort(Compressing(view)), origins)),
        routes=[*pages, *_routes(view, hub, reader, archive, clients), *skymap_routes(reader, skymaps, clients)],
        lifespan=lifespan,
        middleware=[
            Middleware(CountRequests),
            Middleware(CrossOrigin, origins=origins),
            Middleware(CuttingShort),
            Middleware(TakeTurns, clients=clients),
            Middleware(CompressingAny),
        ],
        exception_handlers={ArrayanError: _unavailable, HTTPException: no_route},
    )
    app.state.goodbye = hub.goodbye
    return app


def _routes(
    view: GraphQLView, hub: LiveHub, reader: Reader, archive: PacketArchive, clients: Clients
) -> list[BaseRoute]:
    return [
        Route(GRAPHQL_PATH, view),  # below a root_path
        WebSocketRoute(GRAPHQL_PATH, WebSockets(hub, clients)),
        *graphiql_routes(worked_queries()),
        *stamp_routes(_stamp_loader(reader, archive)),
        *take_out_routes(reader, clients),
        cone_search_route(reader, clients),
        *crossmatch_routes(reader, clients),
        *health_routes(reader, archive),
    ]


def _stamp_loader(reader: Reader, archive: PacketArchive) -> LoadStamp:
    async def load(survey: str, candid: int, kind: StampKind) -> bytes | None:
        if survey.upper() not in set(SurveyName):
            return None
        stamps = await stamps_of_candid(reader, SurveyName(survey.upper()), candid)
        return None if stamps is None else await read_stamp(archive, stamps, kind)

    return load


async def _unavailable(request: Request, error: Exception) -> Response:
    del request
    return unavailable(error)
