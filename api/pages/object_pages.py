"""The pages of one object: everything about it, and the parts that are asked for one by one."""

from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from api.pages import chart as charts
from api.pages import stamps_view
from api.pages.asking import Asker, Question
from api.pages.form import Form
from api.pages.frame import ask_frame
from api.pages.night_picture import night_picture
from api.pages.packet_sources import nearest_sources
from api.pages.page import NotThere, guarded
from api.pages.periods import found_period, picture
from api.pages.positions import positions
from api.pages.rendering import render, render_svg
from api.pages.small_curve import small_curve
from api.sky_images import SKY_SURVEYS, SkyImages
from domain.observatories import OBSERVATORIES
from domain.periodogram import LONGEST_DAYS, SHORTEST_DAYS
from domain.sky import position
from domain.survey import SurveyName
from domain.time import datetime_from_mjd, parse_time

SKY_PIXELS = 700


def object_routes(asker: Asker, sky_images: SkyImages | None) -> list[BaseRoute]:
    """The pages of objects. Without sky images, charts have no picture of another survey to offer."""
    pages = ObjectPages(asker, sky_images)
    here = "/object/{survey}/{name}"
    return [
        Route("/candidate/{survey}/{name}", guarded(pages.candidate), name="candidate"),
        Route(here, guarded(pages.object), name="object"),
        Route(f"{here}/stamps", guarded(pages.stamps), name="object_stamps"),
        Route(f"{here}/stamps/{{candid:int}}", guarded(pages.stamps), name="alert_stamps"),
        Route(f"{here}/epochs", guarded(pages.epochs), name="epochs"),
        Route(f"{here}/periodogram", guarded(pages.periodogram), name="periodogram"),
        Route(f"{here}/visibility", guarded(pages.visibility), name="visibility"),
        Route(f"{here}/positions", guarded(pages.positions), name="positions"),
        Route(f"{here}/chart", guarded(pages.chart), name="chart"),
        Route(f"{here}/chart.svg", guarded(pages.chart_file), name="chart_file"),
    ]


class ObjectPages:
    """The pages of the objects of one server."""

    def __init__(self, asker: Asker, sky_images: SkyImages | None) -> None:
        self._asker = asker
        self._sky_images = sky_images

    async def candidate(self, request: Request) -> Response:
        """The card of one candidate."""
        classifier = request.query_params.get("classifier") or None
        question, found = await self._ask(request, "candidate", classifier=classifier)
        curve = small_curve(found["lightCurve"]["detections"], found["lightCurve"]["nonDetections"])
        packet = {field["name"]: field["value"] for field in (found["packet"] or {"fields": []})["fields"]}
        return render(
            request, "candidate.html", question=question, object=found, curve=curve, nearest=nearest_sources(packet)
        )

    async def object(self, request: Request) -> Response:
        """Everything about one object."""
        frame = await ask_frame(self._asker)
        question, found = await self._ask(request, "object")
        own = found["lightCurve"]
        return render(
            request,
            "object.html",
            question=question,
            frame=frame,
            object=found,
            curve=small_curve(own["detections"], own["nonDetections"]),
            bands=[band["band"] for band in found["bandStatistics"]],
            period=found_period(found["features"]),
            shortest=SHORTEST_DAYS,
            longest=LONGEST_DAYS,
            first_look=stamps_view.FIRST_LOOK,
            sky_surveys=list(SKY_SURVEYS) if self._sky_images else [],
            sky_host=self._sky_images.host if self._sky_images else None,
        )

    async def stamps(self, request: Request) -> Response:
        """The stamps of one alert of an object, with its packet."""
        candid = request.path_params.get("candid")
        form = Form(request.query_params)
        question, found = await self._ask(request, "stamps", candid=None if candid is None else str(candid))
        shown = found["stamps"]
        return render(
            request,
            "stamps.html",
            question=question,
            object=found,
            form=form,
            view=stamps_view.read_view(form),
            choices=stamps_view,
            beside=stamps_view.beside(shown["candid"], found["lightCurve"]["detections"]) if shown else None,
        )

    async def epochs(self, request: Request) -> Response:
        """One stamp of every alert, side by side."""
        form = Form(request.query_params)
        question, found = await self._ask(request, "epochs")
        return render(
            request,
            "epochs.html",
            question=question,
            object=found,
            form=form,
            kind=form.choice("kind", stamps_view.KINDS, "difference"),
            stretch=form.choice("stretch", stamps_view.STRETCHES, "asinh"),
            choices=stamps_view,
            alerts=[row for row in found["lightCurve"]["detections"] if row["hasStamps"]],
        )

    async def periodogram(self, request: Request) -> Response:
        """The periodogram of an object, to click in."""
        question, found = await self._ask(request, "periodogram")
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
        form = Form(request.query_params)
        chosen = form.choice("site", list(OBSERVATORIES), next(iter(OBSERVATORIES)))
        night = form.read("night", parse_time)
        evening = datetime_from_mjd(night).date() if night is not None else datetime.now(UTC).date()
        seen_from = OBSERVATORIES[chosen]
        question, found = await self._ask(
            request,
            "visibility",
            longitude=seen_from.longitude,
            latitude=seen_from.latitude,
            height=seen_from.height_meters,
            night=evening.isoformat(),
        )
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

    async def positions(self, request: Request) -> Response:
        """Where the detections of an object lie around its mean position."""
        question, found = await self._ask(request, "positions")
        return render(request, "positions.html", question=question, object=found, positions=positions(found))

    async def chart(self, request: Request) -> Response:
        """A finding chart, and the sky behind it when somebody asks for that."""
        form = Form(request.query_params)
        question, found, drawn = await self._chart(request, form)
        sky = form.choice("sky", list(SKY_SURVEYS), "") if self._sky_images else ""
        image = None
        if sky and self._sky_images:
            center, side = position(found["ra"], found["dec"]), float(drawn.field) * 60
            image = self._sky_images.address(sky, center, side, SKY_PIXELS)
        return render(
            request,
            "chart.html",
            question=question,
            image_host=self._sky_images.host if image and self._sky_images else None,
            form=form,
            object=found,
            chart=drawn,
            charts=charts,
            sky=sky,
            sky_image=image,
            sky_surveys=list(SKY_SURVEYS) if self._sky_images else [],
            sky_host=self._sky_images.host if self._sky_images else None,
            is_embedded=form.text("embedded") == "1",
        )

    async def chart_file(self, request: Request) -> Response:
        """A finding chart as a file of its own."""
        _, found, drawn = await self._chart(request, Form(request.query_params))
        return render_svg("chart_file.svg", f"{found['name']}_chart.svg", chart=drawn, charts=charts)

    async def _chart(self, request: Request, form: Form) -> tuple[Question, dict[str, Any], charts.Chart]:
        field = form.choice("field", charts.FIELDS, charts.DEFAULT_FIELD)
        stamp = form.choice("stamp", charts.STAMPS, "template")
        question, found = await self._ask(
            request,
            "chart",
            radius=charts.search_radius(field),
            kind="SCIENCE" if stamp == "science" else "TEMPLATE",
            withStamp=stamp != "none",
        )
        return question, found, charts.chart({"stamps": None, **found}, field)

    async def _ask(self, request: Request, page: str, **variables: Any) -> tuple[Question, dict[str, Any]]:
        """The question of a page about the object that the address names, and the object. Raises NotThere."""
        survey = request.path_params["survey"].upper()
        if survey not in set(SurveyName):
            raise NotThere(f"There is no survey {survey} here; there are {', '.join(SurveyName)}.")
        name = request.path_params["name"]
        question = Question.of(page, name=name, survey=survey, **variables)
        found = (await self._asker.ask(question))["object"]
        if found is None:
            raise NotThere(f"There is no object {name} of {survey} here.")
        return question, found
