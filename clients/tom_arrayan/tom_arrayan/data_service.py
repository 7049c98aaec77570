"""Arrayán as a data service of the toolkit: searches, targets, light curves and their updates."""

import logging
from typing import Any

from django.contrib import messages
from tom_dataservices.dataservices import DataService, MissingDataException
from tom_targets.models import Target

from tom_arrayan import photometry
from tom_arrayan.endpoint import SERVICE, Json, configured
from tom_arrayan.errors import ArrayanError
from tom_arrayan.forms import ArrayanQueryForm
from tom_arrayan.known_targets import light_curves, names_elsewhere, target_known_as
from tom_arrayan.search import found_objects

log = logging.getLogger(__name__)

PHOTOMETRY = "photometry"


class ArrayanDataService(DataService):
    """What the toolkit's pages and commands call. Whatever goes wrong is an ArrayanError, which they show."""

    name = SERVICE
    verbose_name = "Arrayán, an alert broker"
    query_results_table = "tom_arrayan/results_table.html"

    @classmethod
    def get_form_class(cls) -> type[ArrayanQueryForm]:
        """The form, made anew for each page: its classes are the server's."""
        return ArrayanQueryForm

    def build_query_parameters(self, parameters: Json, **kwargs: Any) -> Json:
        """The form as it was filled in, or as it was saved; days before now are counted when it is run."""
        del kwargs
        self.query_parameters = {
            name: value for name, value in parameters.items() if value not in (None, "") and name not in KEPT_APART
        }
        return self.query_parameters

    def build_query_parameters_from_target(self, target: Any, **kwargs: Any) -> Json:
        """All names of a target and its place, by which its objects are found."""
        del kwargs
        return {"names": target.names, "ra": target.ra, "dec": target.dec}

    def query_service(self, query_parameters: Json, **kwargs: Any) -> list[Json]:
        """The objects that a form asks for, as the endpoint has them."""
        del kwargs
        self.query_results = list(found_objects(configured(), query_parameters))
        return self.query_results

    def query_targets(self, query_parameters: Json, **kwargs: Any) -> list[Json]:
        """A row for each source: objects of two surveys at the same place are one, by the name of the first."""
        rows: list[Json] = []
        seen: set[str] = set()
        for found in self.query_service(query_parameters, **kwargs):
            if found["name"] not in seen:
                row = row_of(found)
                seen.update([row["name"], *row["aliases"]])
                rows.append(row)
        self.target_results = rows
        return rows

    def query_photometry(self, query_parameters: Json, **kwargs: Any) -> list[Json]:
        """Light curves of the objects of a target: detections, limits and forced photometry."""
        del kwargs
        ra, dec = query_parameters.get("ra"), query_parameters.get("dec")
        place = None if ra is None or dec is None else (float(ra), float(dec))
        self.photometry_results = light_curves(configured(), list(query_parameters["names"]), place)
        return self.photometry_results

    def query_forced_photometry(self, query_parameters: Json, **kwargs: Any) -> list[Json]:
        """The same: forced photometry is in the packets of the surveys, and costs nothing to ask for."""
        return self.query_photometry(query_parameters, **kwargs)

    def query_aliases(
        self, query_parameters: Json | None = None, target: Any = None, *, is_searched: bool = False, **kwargs: Any
    ) -> list[str]:
        """Names of a target's objects that the TOM does not know yet. A server that is away adds none."""
        del query_parameters, kwargs
        if target is None or is_searched:
            return []
        objects = self.photometry_results or []
        try:
            objects = objects or self.query_photometry(self.build_query_parameters_from_target(target))
        except ArrayanError as error:
            log.warning("no aliases of %s: %s", target.name, error)
        return sorted({found["name"] for found in objects} - set(target.names))

    def create_target_from_query(self, target_result: Json, **kwargs: Any) -> Any:
        """A target, not saved."""
        del kwargs
        place = {"ra": target_result["ra"], "dec": target_result["dec"], "epoch": 2000.0}
        return Target(name=target_result["name"], type="SIDEREAL", **place)

    def create_target_extras_from_query(self, query_results: Json, **kwargs: Any) -> Json:
        """The survey that gave the name, and what each classifier says, with probability and version."""
        del kwargs
        return {"survey": query_results["survey"], **_classes(query_results)}

    def to_target(self, target_result: Json | None = None, **kwargs: Any) -> Any:
        """The target of a row: the one that has one of its names already, else a new one. One that is there keeps
        its owners, and gets new names and classes."""
        if not target_result:
            raise MissingDataException("There is no row of a query to make a target of.")
        known = target_known_as([target_result["name"], *target_result["aliases"]])
        if known is None:
            return super().to_target(target_result, is_searched=True, **kwargs)
        known.save(extras=_classes(target_result))
        names = [target_result["name"], *target_result["aliases"]]
        self.to_aliases(known, [name for name in names if name not in known.names])
        if request := kwargs.get("request"):
            messages.info(request, f"{target_result['name']} is the target {known.name}, which is there already.")
        return known

    def create_reduced_datums_from_query(
        self, target: Any, data: list[Json], data_type: str | None = None, **kwargs: Any
    ) -> list[Any]:
        """Points of light curves; those that the target has are not added again."""
        del kwargs
        if data_type not in (PHOTOMETRY, "forced_photometry"):
            return []
        return photometry.store(target, configured(), data)


KEPT_APART = {"query_save", "query_name", "data_service"}
"""Fields of the form that ask for nothing."""


def row_of(found: Json) -> Json:
    """A line of the page of results; small, since the toolkit keeps it in its cache."""
    return {
        "name": found["name"],
        "survey": found["survey"],
        "ra": found["ra"],
        "dec": found["dec"],
        "detections": found["detectionCount"],
        "first_mjd": found["firstMjd"],
        "last_mjd": found["lastMjd"],
        "classifications": [
            {name: answer[name] for name in ("classifier", "version", "class", "probability")}
            for answer in found["classifications"]
        ],
        "aliases": names_elsewhere(found),
    }


def _classes(row: Json) -> Json:
    extras: Json = {}
    for answer in row["classifications"]:
        extras[f"{answer['classifier']}_class"] = answer["class"]
        extras[f"{answer['classifier']}_probability"] = round(answer["probability"], 4)
        extras[f"{answer['classifier']}_version"] = answer["version"]
    return extras
