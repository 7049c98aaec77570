"""The routes of the pages. Each asks its own document and gives the answer to its template."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from api.name_resolver import NameNotResolved, NameResolver
from api.pages import explorer, hunter, sky_map
from api.pages.asking import Asker, NotAnswered, Question
from api.pages.form import Form
from api.pages.frame import ask_frame
from api.pages.hunter import Hunt
from api.pages.nights import NIGHTS_PER_PAGE, calendar, classes_of, troubles
from api.pages.object_pages import object_routes
from api.pages.page import STATUS_OF_CODE, guarded
from api.pages.rendering import render
from api.sky_images import SkyImages
from api.static_files import FOLDER, VersionedFiles
from domain.sky import Position
from domain.survey import SurveyName

RESOLVE = "resolve"
"""The button beside a position that is a name."""
SKY_OBJECTS = 500
"""On the map of the sky on the page of the nights."""


def page_routes(
    asker: Asker, resolver: NameResolver | None = None, sky_images: SkyImages | None = None
) -> list[BaseRoute]:
    """Every page, and the files that they load. Without a resolver, names of the sky are not looked up; without sky
    images, no picture of another survey can be asked for."""
    pages = Pages(asker, resolver)
    return [
        Route("/", guarded(pages.hunter), name="hunter"),
        Route("/explorer", guarded(pages.explorer), name="explorer"),
        Route("/nights", guarded(pages.nights), name="nights"),
        Route("/nights/sky", guarded(pages.sky), name="sky"),
        *object_routes(asker, sky_images),
        Route("/hunter", _to_hunter),
        Mount("/static/pages", VersionedFiles(directory=FOLDER / "pages"), name="page_files"),
    ]


async def _to_hunter(request: Request) -> Response:
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"{request.scope.get('root_path', '')}/{query}")


class Pages:
    """The pages of one server."""

    def __init__(self, asker: Asker, resolver: NameResolver | None) -> None:
        self._asker = asker
        self._resolver = resolver

    async def hunter(self, request: Request) -> Response:
        """Candidates of a class that were first seen in a window, on the sky and in a list."""
        frame = await ask_frame(self._asker)
        form = Form(request.query_params)
        hunt = hunter.read_hunt(form, frame.classes, frame.newest_mjd or 0.0)
        rows: list[dict[str, Any]] = []
        total = None
        if hunt is not None:
            hunt, found = await self._hunted(hunt, form)
            rows = [hunter.candidate_row(node, hunt.class_name) for node in found["nodes"]]
            total = found["totalCount"]
        view = hunter.read_view(form)
        marks = sky_map.marks(
            [f"{row['survey']}/{row['name']}" for row in rows],
            [row["ra"] for row in rows],
            [row["dec"] for row in rows],
            [row["probability"] or 0.0 for row in rows],
            [f"{row['name']}: {row['probability'] or 0:.2f}" for row in rows],
            view,
        )
        return render(
            request,
            "hunter.html",
            question=hunt.question if hunt else None,
            frame=frame,
            form=form,
            hunt=hunt,
            rows=rows,
            total=total,
            marks=marks,
            sky=sky_map,
            view=view,
            closer=hunter.closer(request.query_params, view),
            columns=hunter.COLUMNS,
            chosen_columns=hunter.chosen_columns(form),
            windows=hunter.WINDOWS,
            numbers=hunter.NUMBERS,
            live=hunter.live_address(request.scope.get("root_path", ""), hunt) if hunt and hunt.is_open else None,
        )

    async def _hunted(self, hunt: Hunt, form: Form) -> tuple[Hunt, dict[str, Any]]:
        """What a hunt finds. While nobody chose a window, it is widened until there is something to look at."""
        tried = [hunt] if form.text("days") else list(hunter.widening(hunt))
        for one in tried:
            found = (await self._asker.ask(one.question))["objects"]
            if found["nodes"]:
                return one, found
        return hunt, found

    async def explorer(self, request: Request) -> Response:
        """Objects that pass a filter, as a table."""
        frame = await ask_frame(self._asker)
        form = Form(request.query_params)
        if form.text(RESOLVE):
            resolved = await self._resolve(request, form)
            if resolved is not None:
                return resolved
        search = explorer.read_search(form, frame.classes, [catalog["name"] for catalog in frame.catalogs])
        found = None
        if not form.mistakes:
            try:
                found = (await self._asker.ask(search.question))["objects"]
            except NotAnswered as error:
                if error.code in STATUS_OF_CODE:
                    raise
                form.mistakes["search"] = str(error)
        return render(
            request,
            "explorer.html",
            status=400 if form.mistakes else 200,
            question=search.question,
            frame=frame,
            form=form,
            search=search,
            found=found,
            rows=explorer.rows_of(found) if found else [],
            columns=explorer.COLUMNS,
            orders=explorer.ORDERS,
            surveys=explorer.SURVEYS,
            resolves=self._resolver is not None,
        )

    async def _resolve(self, request: Request, form: Form) -> Response | None:
        """The way to the same search around the place of a name; None, and a mistake, when nobody knows it."""
        if self._resolver is None:
            return None
        try:
            place = await self._resolver.resolve(form.text("position"))
        except NameNotResolved as error:
            form.mistakes["position"] = str(error)
            return None
        return RedirectResponse(_with_position(request, place))

    async def nights(self, request: Request) -> Response:
        """What came in, night by night, and what there is to look at first."""
        frame = await ask_frame(self._asker)
        form = Form(request.query_params)
        survey = form.choice("survey", {name.value: name.value for name in SurveyName}, "") or None
        question = Question.of("nights", survey=survey, first=NIGHTS_PER_PAGE, after=form.text("after") or None)
        found = await self._asker.ask(question)
        nights = [edge["node"] for edge in found["nights"]["edges"]]
        chosen = form.choice("classifier", list(frame.classes), next(iter(frame.classes), ""))
        return render(
            request,
            "nights.html",
            question=question,
            frame=frame,
            form=form,
            nights=nights,
            calendar=calendar(nights),
            classifier=chosen,
            classes=classes_of(nights, chosen),
            queues=[one for one in found["classifiers"] if one["queue"]],
            dead_letters=found["deadLetters"],
            publishers=found["publishers"],
            troubles=troubles(found, datetime.now(UTC)),
            page_info=found["nights"]["pageInfo"],
            surveys=[name.value for name in SurveyName],
        )

    async def sky(self, request: Request) -> Response:
        """Where the sky was looked at last."""
        question = Question.of("sky", first=SKY_OBJECTS)
        objects = (await self._asker.ask(question))["objects"]["nodes"]
        marks = sky_map.marks(
            [f"{one['survey']}/{one['name']}" for one in objects],
            [one["ra"] for one in objects],
            [one["dec"] for one in objects],
            [0.0] * len(objects),
            [one["name"] for one in objects],
        )
        return render(
            request,
            "sky.html",
            question=question,
            objects=objects,
            marks=marks,
            sky=sky_map,
            view=sky_map.WHOLE_SKY,
        )


def _with_position(request: Request, place: Position) -> str:
    """The address of the same search around a place."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if value and name != RESOLVE]
    asked = [(name, f"{place.ra:.6f} {place.dec:+.6f}" if name == "position" else value) for name, value in kept]
    return f"{request.scope.get('root_path', '')}/explorer?{urlencode(asked)}"
