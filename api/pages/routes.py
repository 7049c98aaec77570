"""The routes of the pages. Each asks its own document and gives the answer to its template."""

from collections.abc import Awaitable, Callable, Mapping
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
from api.pages.frame import Frame, ask_frame
from api.pages.night_picture import night_picture
from api.pages.nights import NIGHTS_PER_PAGE, calendar, worst_first
from api.pages.packet_sources import nearest_sources
from api.pages.periods import found_period, picture
from api.pages.rendering import render
from api.pages.small_curve import small_curve
from api.static_files import FOLDER, VersionedFiles
from domain.observatories import OBSERVATORIES
from domain.periodogram import LONGEST_DAYS, SHORTEST_DAYS
from domain.sky import Position
from domain.survey import SurveyName
from domain.time import datetime_from_mjd, parse_time
from graphql_schema.errors import ErrorCode

RESOLVE = "resolve"
"""The button beside a position that is a name."""

Answer = Callable[[Request], Awaitable[Response]]

STATUS_OF_CODE: Mapping[ErrorCode, int] = {
    ErrorCode.UNAVAILABLE: 503,
    ErrorCode.TIMEOUT: 503,
    ErrorCode.INTERNAL_SERVER_ERROR: 500,
}
"""Of what the endpoint refuses; everything else is the asker's doing, 400."""


def page_routes(asker: Asker, resolver: NameResolver | None = None) -> list[BaseRoute]:
    """Every page, and the files that they load. Without a resolver, names of the sky are not looked up."""
    pages = Pages(asker, resolver)
    return [
        Route("/", pages.guarded(pages.hunter), name="hunter"),
        Route("/candidate/{survey}/{name}", pages.guarded(pages.candidate), name="candidate"),
        Route("/explorer", pages.guarded(pages.explorer), name="explorer"),
        Route("/object/{survey}/{name}", pages.guarded(pages.object), name="object"),
        Route("/object/{survey}/{name}/stamps", pages.guarded(pages.stamps), name="object_stamps"),
        Route("/object/{survey}/{name}/stamps/{candid:int}", pages.guarded(pages.stamps), name="alert_stamps"),
        Route("/object/{survey}/{name}/periodogram", pages.guarded(pages.periodogram), name="periodogram"),
        Route("/object/{survey}/{name}/visibility", pages.guarded(pages.visibility), name="visibility"),
        Route("/nights", pages.guarded(pages.nights), name="nights"),
        Route("/hunter", _to_hunter),
        Mount("/static/pages", VersionedFiles(directory=FOLDER / "pages"), name="page_files"),
    ]


async def _to_hunter(request: Request) -> Response:
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"{request.scope.get('root_path', '')}/{query}")


class NotThere(NotAnswered):
    """A page of something that there is not."""

    def __init__(self, message: str) -> None:
        super().__init__(message, ErrorCode.BAD_USER_INPUT)


class Pages:
    """The pages of one server."""

    def __init__(self, asker: Asker, resolver: NameResolver | None) -> None:
        self._asker = asker
        self._resolver = resolver

    def guarded(self, answer: Answer) -> Answer:
        """A page that says in words what the endpoint could not answer."""

        async def guarded(request: Request) -> Response:
            try:
                return await answer(request)
            except NotThere as error:
                return render(request, "problem.html", status=404, title="Not here", message=str(error))
            except NotAnswered as error:
                status = STATUS_OF_CODE.get(error.code, 400)
                return render(request, "problem.html", status=status, title="No answer", message=str(error))

        return guarded

    async def hunter(self, request: Request) -> Response:
        """Candidates of a class that were first seen in a window, on the sky and in a list."""
        frame = await self._frame()
        form = Form(request.query_params)
        hunt = hunter.read_hunt(form, frame.classes, frame.newest_mjd or 0.0)
        rows: list[dict[str, Any]] = []
        total = None
        if hunt is not None:
            found = await self._asker.ask(hunt.question)
            rows = [hunter.candidate_row(node, hunt.class_name) for node in found["objects"]["nodes"]]
            total = found["objects"]["totalCount"]
        marks = sky_map.marks(
            [f"{row['survey']}/{row['name']}" for row in rows],
            [row["ra"] for row in rows],
            [row["dec"] for row in rows],
            [row["probability"] or 0.0 for row in rows],
            [f"{row['name']}: {row['probability'] or 0:.2f}" for row in rows],
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
            windows=hunter.WINDOWS,
            numbers=hunter.NUMBERS,
            live=hunter.live_address(request.scope.get("root_path", ""), hunt) if hunt and hunt.is_open else None,
        )

    async def candidate(self, request: Request) -> Response:
        """The card of one candidate."""
        survey, name = _named(request)
        classifier = request.query_params.get("classifier") or None
        question = Question.of("candidate", name=name, survey=survey, classifier=classifier)
        found = (await self._asker.ask(question))["object"]
        if found is None:
            raise NotThere(f"There is no object {name} of {survey} here.")
        curve = small_curve(found["lightCurve"]["detections"], found["lightCurve"]["nonDetections"])
        packet = {field["name"]: field["value"] for field in (found["packet"] or {"fields": []})["fields"]}
        return render(
            request, "candidate.html", question=question, object=found, curve=curve, nearest=nearest_sources(packet)
        )

    async def explorer(self, request: Request) -> Response:
        """Objects that pass a filter, as a table."""
        frame = await self._frame()
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

    async def object(self, request: Request) -> Response:
        """Everything about one object."""
        survey, name = _named(request)
        question = Question.of("object", name=name, survey=survey)
        frame = await self._frame()
        found = (await self._asker.ask(question))["object"]
        if found is None:
            raise NotThere(f"There is no object {name} of {survey} here.")
        return render(
            request,
            "object.html",
            question=question,
            frame=frame,
            object=found,
            curve=small_curve(found["lightCurve"]["detections"], found["lightCurve"]["nonDetections"]),
            period=found_period(found["features"]),
            shortest=SHORTEST_DAYS,
            longest=LONGEST_DAYS,
        )

    async def stamps(self, request: Request) -> Response:
        """The stamps of one alert of an object, with its packet."""
        survey, name = _named(request)
        candid = request.path_params.get("candid")
        question = Question.of("stamps", name=name, survey=survey, candid=None if candid is None else str(candid))
        found = (await self._asker.ask(question))["object"]
        if found is None:
            raise NotThere(f"There is no object {name} of {survey} here.")
        return render(request, "stamps.html", question=question, object=found)

    async def periodogram(self, request: Request) -> Response:
        """The periodogram of an object, to click in."""
        survey, name = _named(request)
        question = Question.of("periodogram", name=name, survey=survey)
        found = (await self._asker.ask(question))["object"]
        if found is None:
            raise NotThere(f"There is no object {name} of {survey} here.")
        computed = found["periodogram"]
        return render(
            request,
            "periodogram.html",
            question=question,
            object=found,
            peaks=computed["peaks"] if computed else [],
            picture=picture(computed) if computed else None,
        )

    async def visibility(self, request: Request) -> Response:
        """When an object can be observed from a site in a night."""
        survey, name = _named(request)
        form = Form(request.query_params)
        chosen = form.choice("site", list(OBSERVATORIES), next(iter(OBSERVATORIES)))
        night = form.read("night", parse_time)
        evening = datetime_from_mjd(night).date() if night is not None else datetime.now(UTC).date()
        seen_from = OBSERVATORIES[chosen]
        question = Question.of(
            "visibility",
            name=name,
            survey=survey,
            longitude=seen_from.longitude,
            latitude=seen_from.latitude,
            height=seen_from.height_meters,
            night=evening.isoformat(),
        )
        found = (await self._asker.ask(question))["object"]
        if found is None:
            raise NotThere(f"There is no object {name} of {survey} here.")
        return render(
            request,
            "visibility.html",
            question=question,
            form=form,
            object=found,
            picture=night_picture(found["visibility"]),
            sites=list(OBSERVATORIES),
            site=chosen,
            night=evening.isoformat(),
        )

    async def nights(self, request: Request) -> Response:
        """What came in, night by night."""
        frame = await self._frame()
        form = Form(request.query_params)
        survey = form.choice("survey", {name.value: name.value for name in SurveyName}, "") or None
        question = Question.of("nights", survey=survey, first=NIGHTS_PER_PAGE, after=form.text("after") or None)
        found = (await self._asker.ask(question))["nights"]
        nights = [edge["node"] for edge in found["edges"]]
        return render(
            request,
            "nights.html",
            question=question,
            frame=frame,
            form=form,
            nights=nights,
            calendar=calendar(nights),
            troubled=worst_first(nights),
            page_info=found["pageInfo"],
            surveys=[name.value for name in SurveyName],
        )

    async def _frame(self) -> Frame:
        return await ask_frame(self._asker)


def _with_position(request: Request, place: Position) -> str:
    """The address of the same search around a place."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if value and name != RESOLVE]
    asked = [(name, f"{place.ra:.6f} {place.dec:+.6f}" if name == "position" else value) for name, value in kept]
    return f"{request.scope.get('root_path', '')}/explorer?{urlencode(asked)}"


def _named(request: Request) -> tuple[str, str]:
    survey = request.path_params["survey"].upper()
    if survey not in set(SurveyName):
        raise NotThere(f"There is no survey {survey} here; there are {', '.join(SurveyName)}.")
    return survey, request.path_params["name"]
