"""Enumerations that may have values which this version does not know yet."""

from enum import Enum
from typing import Any


class OpenEnum(str, Enum):
    """A text of a list that grows. A value that is not in the list yet is taken as it is."""

    @classmethod
    def _missing_(cls, value: object) -> Any:
        if not isinstance(value, str) or not value:
            return None
        member = str.__new__(cls, value)
        member._name_, member._value_ = value, value
        return member

    def __str__(self) -> str:
        return str(self.value)
