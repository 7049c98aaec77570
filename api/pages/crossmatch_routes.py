"""The routes of the crossmatch page: a table is sent, its columns are chosen, and what lies near is shown.

The matching is that of `POST /crossmatch`. Tables and results are kept in the store for as long as it says.
"""

import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
from anyio import CapacityLimiter, move_on_after
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from api.accepted import by_extension
from api.clients import Clients
from api.crossmatch.asked import AT_ONCE, MAX_BODY_BYTES, MAX_ROWS, Asked
from api.crossmatch.kept_matches import (
    KeptMatches,
    Progress,
    Shown,
    all_targets,
    find_matches,
    match_kept,
    page_count,
    page_of,
)
from api.crossmatch.kept_table import KeptTable, find_table, keep_table
from api.crossmatch.matched_table import filled
from api.crossmatch.matching import BadRows
from api.media_types import MediaType
from api.pages import crossmatch
from api.pages.asking import Asker, NotAnswered, Question
from api.pages.form import Form
from api.pages.frame import Frame, ask_frame
from api.pages.rendering import render
from api.paid_downloads import LEAST_POINTS, ROWS_PER_POINT, paid
from api.refusal import Refused, bad_request
from api.table_response import TableResponse
from api.uploads import uploaded
from catalogs.table import UnclearColumn, UnreadableTable
from domain.errors import ArrayanError
from graphql_schema.errors import ErrorCode, code_of
from storage.passing_files import KEPT, NoRoom, NotKept, PassingFileStore
from storage.reader import Reader

PAGE = "/match"
IDENTIFIER = re.compile(r"[0-9a-f]{32}")
LINES = "application/x-ndjson"
MOST_PASTED_BYTES = 2_000_000
MOST_FORM_BYTES = 100_000
EXAMPLES = 5
WAIT_SECONDS = 20.0
PRIVATE = {"Cache-Control": "private, no-store"}
"""What is somebody's own stays in no cache."""

Answer = Callable[[Request], Awaitable[Response]]


def crossmatch_page_routes(
    asker: Asker, reader: Reader, store: PassingFileStore | None, clients: Clients
) -> list[BaseRoute]:
    """The crossmatch page; without a store, it says that no table is taken in."""
    pages = CrossmatchPages(asker, reader, store, clients)
    table, matches = f"{PAGE}/{{table}}", f"{PAGE}/{{table}}/{{matches}}"
    return [
        Route(PAGE, pages.guarded(pages.begin), methods=["GET"], name="match"),
        Route(PAGE, pages.guarded(pages.send), methods=["POST"]),
        Route("/crossmatch", _to_page, methods=["GET"]),
        Route(table, pages.guarded(pages.choose), methods=["GET"], name="match_table"),
        Route(table, pages.guarded(pages.match), methods=["POST"]),
        Route(f"{table}/delete", pages.guarded(pages.delete), methods=["POST"]),
        Route(f"{matches}/rows.{{extension}}", paid(clients, pages.guarded(pages.file), _refusal), methods=["GET"]),
        Route(matches, pages.guarded(pages.result), methods=["GET"], name="match_result"),
    ]


async def _to_page(request: Request) -> Response:
    return RedirectResponse(f"{_root(request)}{PAGE}")


class CrossmatchPages:
    """The crossmatch pages of one server."""

    def __init__(self, asker: Asker, reader: Reader, store: PassingFileStore | None, clients: Clients) -> None:
        self._asker = asker
        self._reader = reader
        self._maybe_store = store
        self._clients = clients
        self._limiter = CapacityLimiter(AT_ONCE)

    def guarded(self, answer: Answer) -> Answer:
        """A page that says in words what could not be answered."""

        async def guarded(request: Request) -> Response:
            try:
                return await answer(request)
            except NotKept:
                message = f"This table is not here, or no longer: tables are kept for {_hours()}. Send it again."
                return render(request, "problem.html", status=404, title="Not here", message=message)
            except ArrayanError as error:
                status = _status(error)
                return render(request, "problem.html", status=status, title="No answer", message=str(error))

        return guarded

    async def begin(self, request: Request) -> Response:
        """Where a table is sent."""
        form = Form(request.query_params)
        question = Question.of("crossmatch_example", first=EXAMPLES)
        pasted = ""
        if form.text("example"):
            nodes = (await self._asker.ask(question))["objects"]["nodes"]
            rows = [f"{node['name']},{node['ra']:.6f},{node['dec']:.6f}" for node in nodes]
            pasted = "\n".join(["name,ra,dec", *rows])
        return await self._begin(request, form, pasted=pasted, question=question)

    async def _begin(
        self, request: Request, form: Form, *, pasted: str = "", question: Question | None = None, status: int = 200
    ) -> Response:
        return render(
            request,
            "match.html",
            status=status,
            question=question or Question.of("crossmatch_example", first=EXAMPLES),
            frame=await ask_frame(self._asker),
            form=form,
            pasted=pasted,
            hours=_hours(),
            most_bytes=MAX_BODY_BYTES,
            most_rows=MAX_ROWS,
            takes=self._maybe_store is not None,
        )

    async def send(self, request: Request) -> Response:
        """A table comes, as the file of a form or as pasted text."""
        wants_json = MediaType.JSON in request.headers.get("Accept", "")
        form, pasted, status = Form(QueryParams()), "", 400
        field = "table"
        try:
            if request.headers.get("Content-Type", "").startswith("multipart/"):
                async with uploaded(request, MAX_BODY_BYTES) as upload:
                    table_id = await self._keep(request, upload.path)
            else:
                field = "text"
                pasted = QueryParams((await _body(request, MOST_PASTED_BYTES)).decode()).get("text", "")
                table_id = await self._keep_text(request, pasted)
        except Refused as refused:
            form.mistakes[field], status = str(refused), refused.status
            closing = {"Connection": "close"} if "Connection" in refused.headers else {}
        except (UnreadableTable, NoRoom) as error:
            form.mistakes[field], closing = str(error), {}
        else:
            address = f"{_root(request)}{PAGE}/{table_id}"
            return JSONResponse({"location": address}, 201) if wants_json else RedirectResponse(address, 303)
        if wants_json:
            return JSONResponse({"mistakes": form.mistakes}, status, headers=closing)
        response = await self._begin(request, form, pasted=pasted, status=status)
        response.headers.update(closing)
        return response

    async def _keep_text(self, request: Request, text: str) -> str:
        if not text.strip():
            raise bad_request("paste some rows first, with a line above that names the columns")
        with TemporaryDirectory(prefix="arrayan-pasted-") as folder:
            path = Path(folder, "pasted")
            path.write_text(text.replace("\r\n", "\n").lstrip("\n"))
            return await self._keep(request, path)

    async def _keep(self, request: Request, path: Path) -> str:
        async with self._turn():
            new = await keep_table(self._store, path)
        await self._charge(request, new.rows)
        return new.table_id

    async def _charge(self, request: Request, rows: int) -> None:
        """Reading a table, and matching it, are paid for as a file of as many rows is."""
        client = await self._clients.client_of(request)
        if client.budget is not None:
            client.budget.charge(LEAST_POINTS + rows // ROWS_PER_POINT)

    async def choose(self, request: Request) -> Response:
        """The first rows of a table, and what to do with it."""
        return await self._choose(request, await self._table(request), Form(request.query_params))

    async def _choose(
        self, request: Request, table: KeptTable, form: Form, bad: BadRows | None = None, status: int = 200
    ) -> Response:
        choice = crossmatch.read_choice(form, table.first)
        reading = crossmatch.read_first_rows(form, table.first, choice)
        return render(
            request,
            "match_table.html",
            status=status,
            headers=PRIVATE,
            frame=await ask_frame(self._asker),
            form=form,
            table=table,
            reading=reading,
            rows=crossmatch.preview_rows(table.first, reading),
            chosen=crossmatch.guessed_or_asked(form, reading, table),
            bad=bad,
            address=f"{PAGE}/{table.table_id}",
            angles=crossmatch.ANGLES,
            units=list(crossmatch.RADIUS_UNITS),
            matches=crossmatch.MATCHES,
            hours=_hours(),
        )

    async def match(self, request: Request) -> Response:
        """Match a table as the form says; how far it is, line by line, for a script that asks for lines."""
        table = await self._table(request)
        form = Form(QueryParams((await _body(request, MOST_FORM_BYTES)).decode()))
        frame = await ask_frame(self._asker)
        choice = crossmatch.read_choice(form, table.first)
        asked = crossmatch.read_asked(form, choice, [catalog["name"] for catalog in frame.catalogs])
        crossmatch.read_first_rows(form, table.first, choice)
        if form.mistakes:
            return await self._choose(request, table, form, status=400)
        steps = self._steps(request, table, form, asked)
        if LINES in request.headers.get("Accept", ""):
            return StreamingResponse(
                self._lines(request, table, form, steps),
                media_type=LINES,
                headers={"Content-Encoding": "identity", "Cache-Control": "no-store"},  # told at once, not gathered
            )
        try:
            async with aclosing(steps):
                last = [step async for step in steps][-1]
        except (Refused, UnreadableTable, NoRoom) as error:
            return await self._refused(request, table, form, error)
        return RedirectResponse(f"{_root(request)}{PAGE}/{table.table_id}/{last.matches_id}", 303)

    async def _steps(
        self, request: Request, table: KeptTable, form: Form, asked: Asked
    ) -> AsyncGenerator[Progress, None]:
        """The steps of a crossmatch, which is paid for at the end."""
        async with self._turn():
            steps = match_kept(self._store, self._reader, table, asked, dict(form.typed))
            async with aclosing(steps):
                async for step in steps:
                    yield step
        await self._charge(request, table.rows)

    async def _lines(
        self, request: Request, table: KeptTable, form: Form, steps: AsyncGenerator[Progress, None]
    ) -> AsyncGenerator[bytes, None]:
        address = f"{_root(request)}{PAGE}/{table.table_id}"
        try:
            async with aclosing(steps):
                async for step in steps:
                    told: dict[str, Any] = {"done": step.done, "of": step.of}
                    if step.matches_id is not None:
                        told["location"] = f"{address}/{step.matches_id}"
                    yield orjson.dumps(told) + b"\n"
        except ArrayanError as error:
            page = await self._refused(request, table, form, error)
            yield orjson.dumps({"page": bytes(page.body).decode()}) + b"\n"

    async def _refused(self, request: Request, table: KeptTable, form: Form, error: ArrayanError) -> Response:
        """The form again, with what is wrong beside the field that is to be changed."""
        bad = error if isinstance(error, BadRows) else None
        if bad is not None:
            form.mistakes["skipBad"] = "Correct these rows and send the table again, or leave them out."
        elif isinstance(error, UnclearColumn):
            form.mistakes[error.role] = str(error)
        else:
            form.mistakes["match"] = str(error)
        return await self._choose(request, table, form, bad, status=_status(error))

    async def delete(self, request: Request) -> Response:
        """Remove a table and what was made of it, now."""
        await self._table(request)
        await self._store.remove(request.path_params["table"])
        return RedirectResponse(f"{_root(request)}{PAGE}?deleted=1", 303)

    async def result(self, request: Request) -> Response:
        """A page of a result."""
        kept = await self._matches(request)
        form = Form(request.query_params)
        shown = Shown(form.choice("show", [one.value for one in Shown], Shown.ALL))
        pages = page_count(kept, shown, crossmatch.ROWS_PER_PAGE)
        page = form.whole_number("page", 1, pages) or 1
        found = await page_of(self._store, kept, shown, page, crossmatch.ROWS_PER_PAGE)
        rows = crossmatch.shown_rows(kept, found)
        question = crossmatch.objects_question(rows)
        answers = await self._answers(question)
        frame: Frame = await ask_frame(self._asker)
        return render(
            request,
            "match_result.html",
            status=400 if form.mistakes else 200,
            headers=PRIVATE,
            question=question,
            frame=frame,
            form=form,
            kept=kept,
            rows=rows,
            answers=answers,
            others=crossmatch.other_columns(kept),
            shown=shown,
            page=page,
            pages=pages,
            histogram=crossmatch.histogram(kept),
            address=f"{PAGE}/{kept.table_id}/{kept.matches_id}",
            back=f"{PAGE}/{kept.table_id}?{crossmatch.as_address(kept.asked)}",
            delete_address=f"{PAGE}/{kept.table_id}/delete",
        )

    async def _answers(self, question: Question | None) -> dict[str, Any]:
        """The latest answers of classifiers, by survey and name of the object."""
        if question is None:
            return {}
        nodes = (await self._asker.ask(question))["objects"]["nodes"]
        return {f"{node['survey']}/{node['name']}": node["classifications"] for node in nodes}

    async def file(self, request: Request) -> Response:
        """The result as a file."""
        form = by_extension(request.path_params["extension"])
        if form is None:
            raise NotAnswered("The result is there as csv, vot, fits and parquet.", ErrorCode.BAD_USER_INPUT)
        kept = await self._matches(request)
        show = request.query_params.get("show", Shown.ALL)
        if show not in set(Shown):
            raise NotAnswered(f"show must be one of {', '.join(Shown)}.", ErrorCode.BAD_USER_INPUT)
        shown = Shown(show)
        table = kept.table._replace(row_count=kept.total(shown))
        name = f"{Path(kept.name).stem}_crossmatch"
        safe = re.sub(r"[^A-Za-z0-9_.+-]", "_", name)
        response = TableResponse(form, safe, [filled(table, all_targets(self._store, kept, shown), form)])
        response.headers["Arrayan-Bad-Rows"] = str(kept.bad_count)
        response.headers.update(PRIVATE)
        return response

    @property
    def _store(self) -> PassingFileStore:
        if self._maybe_store is None:
            raise Refused(503, ErrorCode.UNAVAILABLE, "this server takes no tables in: use POST /crossmatch")
        return self._maybe_store

    async def _table(self, request: Request) -> KeptTable:
        found = await find_table(self._store, _identifier(request, "table"))
        if found is None:
            raise NotKept("this is no table")
        return found

    async def _matches(self, request: Request) -> KeptMatches:
        found = await find_matches(self._store, _identifier(request, "matches"))
        if found is None or found.table_id != request.path_params["table"]:
            raise NotKept("this is no result")
        return found

    @asynccontextmanager
    async def _turn(self) -> AsyncGenerator[None, None]:
        """Few tables are read at once; who waits too long is told. Raises Refused."""
        borrower = object()
        async with AsyncExitStack() as stack:
            with move_on_after(WAIT_SECONDS) as waiting:
                await self._limiter.acquire_on_behalf_of(borrower)
                stack.callback(self._limiter.release_on_behalf_of, borrower)
            if waiting.cancelled_caught:
                raise Refused(503, ErrorCode.UNAVAILABLE, "other tables are being matched: try again in a minute")
            yield


def _identifier(request: Request, name: str) -> str:
    identifier: str = request.path_params[name]
    if IDENTIFIER.fullmatch(identifier) is None:
        raise NotKept("this is no identifier")
    return identifier


async def _body(request: Request, most_bytes: int) -> bytes:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most_bytes:
            message = f"this may have at most {most_bytes // 1000:,} kB: send a file"
            raise Refused(413, ErrorCode.LIMIT_EXCEEDED, message, {"Connection": "close"})
    return bytes(body)


def _status(error: ArrayanError) -> int:
    if isinstance(error, Refused):
        return error.status
    code = error.code if isinstance(error, NotAnswered) else code_of(error)
    return {ErrorCode.UNAVAILABLE: 503, ErrorCode.TIMEOUT: 503, ErrorCode.INTERNAL_SERVER_ERROR: 500}.get(code, 400)


def _refusal(refused: Refused) -> Response:
    return JSONResponse(refused.as_json(), refused.status, headers={"Cache-Control": "no-store", **refused.headers})


def _root(request: Request) -> str:
    root: str = request.scope.get("root_path", "")
    return root.rstrip("/")


def _hours() -> str:
    return f"{KEPT.total_seconds() / 3600:.0f} hours"
