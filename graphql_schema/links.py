"""Addresses of files that hold what a question asks for, relative to the server."""

from typing import NamedTuple
from urllib.parse import quote, urlencode

import orjson

from domain.light_curve import Window
from domain.survey import SurveyName
from domain.table_format import LightCurveTable, TableFormat
from graphql_schema.errors import LimitExceeded
from graphql_schema.inputs.as_json import as_json
from graphql_schema.inputs.object_filter import ObjectFilter, ObjectOrderInput
from graphql_schema.limits import MAX_ADDRESS


class ObjectsLink(NamedTuple):
    """Objects, as they were asked for."""

    where: ObjectFilter | None
    order_by: list[ObjectOrderInput] | None

    def address(self, form: TableFormat) -> str:
        """Raises LimitExceeded for a filter that is too long for an address."""
        given = {"where": self.where, "orderBy": self.order_by}
        parameters = {name: orjson.dumps(as_json(value)).decode() for name, value in given.items() if value}
        address = _address(f"/objects.{form.extension}", parameters)
        if len(address) > MAX_ADDRESS:
            raise LimitExceeded(
                f"the filter is too long for an address: send it by POST to /objects.{form.extension}, "
                'as {"where": ..., "orderBy": ...}'
            )
        return address


class LightCurveLink(NamedTuple):
    """A light curve, as it was asked for."""

    survey: SurveyName
    name: str
    window: Window

    def address(self, form: TableFormat, table: LightCurveTable | None) -> str:
        given = {
            "bands": None if self.window.bands is None else ",".join(self.window.bands),
            "afterMjd": self.window.after_mjd,
            "beforeMjd": self.window.before_mjd,
            "table": None if table is None else table.value,
        }
        parameters = {name: str(value) for name, value in given.items() if value is not None}
        return _address(f"/lightcurve/{self.survey}/{quote(self.name, safe='')}.{form.extension}", parameters)


def _address(path: str, parameters: dict[str, str]) -> str:
    return f"{path}?{urlencode(parameters, quote_via=quote)}" if parameters else path
