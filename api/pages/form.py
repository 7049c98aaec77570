"""Reading a form: what was typed is kept as it is, and every mistake is explained beside its field."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import TypeVar

from starlette.datastructures import QueryParams

from domain.errors import ArrayanError
from domain.sky import Position, parse_position
from domain.time import parse_time

Value = TypeVar("Value")


class Mistake(ArrayanError):
    """Something in a field that cannot be; the message says what is expected."""


@dataclass
class Form:
    """The fields of a form as they were sent."""

    sent: QueryParams
    mistakes: dict[str, str] = field(default_factory=dict)
    """What is wrong, by the field's name."""

    @property
    def typed(self) -> Mapping[str, str]:
        return {name: self.text(name) for name in self.sent}

    def text(self, name: str) -> str:
        """A field without the blanks around it; empty when it was left out."""
        return self.sent.get(name, "").strip()

    def several(self, name: str) -> list[str]:
        """The values of a field that may be given more than once."""
        return [value.strip() for value in self.sent.getlist(name) if value.strip()]

    def words(self, name: str) -> list[str]:
        """A field that holds several names, with blanks, commas or line breaks between."""
        return self.text(name).replace(",", " ").replace(";", " ").split()

    def read(self, name: str, parse: Callable[[str], Value]) -> Value | None:
        """A field's value; None when it is empty or wrong, and then the mistake is noted."""
        text = self.text(name)
        if not text or name in self.mistakes:
            return None
        try:
            return parse(text)
        except ArrayanError as error:
            self.mistakes[name] = str(error)
            return None

    def number(self, name: str, low: float, high: float) -> float | None:
        return self.read(name, lambda text: _number(text, low, high))

    def whole_number(self, name: str, low: int, high: int) -> int | None:
        return self.read(name, lambda text: _whole_number(text, low, high))

    def time(self, name: str) -> float | None:
        """MJD (UTC)."""
        return self.read(name, parse_time)

    def position(self, name: str) -> Position | None:
        return self.read(name, parse_position)

    def choice(self, name: str, choices: Mapping[str, str] | list[str], default: str) -> str:
        """One of some values; the default when the field is empty or wrong, and then the mistake is noted."""
        text = self.text(name)
        if not text:
            return default
        if text not in choices:
            self.mistakes[name] = f"{text!r} is none of {', '.join(choices)}"
            return default
        return text


def _number(text: str, low: float, high: float) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise Mistake(f"{text!r} is no number") from error
    if not (isfinite(value) and low <= value <= high):
        raise Mistake(f"must lie between {low:g} and {high:g}")
    return value


def _whole_number(text: str, low: int, high: int) -> int:
    try:
        value = int(text)
    except ValueError as error:
        raise Mistake(f"{text!r} is no whole number") from error
    if not low <= value <= high:
        raise Mistake(f"must lie between {low} and {high}")
    return value
