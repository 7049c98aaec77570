"""Three tables that are never merged: real objects of the survey, real objects of others, simulated objects."""

import re

TABLES = ("real_ztf", "real_other", "simulated")

_SOURCES = re.compile(r"ztf|^bts|^alerce", re.IGNORECASE)
_NAMES = re.compile(r"^ZTF\d\d[a-z]{7}")


def table_of_object(source: str, object_id: str, *, is_simulated: bool) -> str:
    """The table of an object: a simulated one, one whose source or name is ZTF's, or another."""
    if is_simulated:
        return "simulated"
    return "real_ztf" if _SOURCES.search(source) or _NAMES.match(object_id) else "real_other"
