"""How much one request may ask for."""

from graphql_schema.errors import InvalidInput, LimitExceeded

MAX_COST = 20_000
"""Points that a request may cost: docs/limits.md."""
MAX_TRUSTED_COST = 200_000
"""The same, for documents that the operator vouches for."""
MAX_DOCUMENT_BYTES = 100_000
MAX_TOKENS = 2000
MAX_DEPTH = 12
MAX_INTROSPECTION_DEPTH = 20
MAX_FIELDS = 700
MAX_ALIASES = 50
MAX_SAME_FIELD = 20
MAX_REPETITIONS = 30
MAX_DIRECTIVES = 50
MAX_FRAGMENTS = 50
MAX_OPERATIONS = 50
MAX_INPUT_DEPTH = 20
MAX_NAMES = 1000
MAX_OBJECTS = 500
MAX_DETECTIONS = 5000
MAX_NIGHTS = 366
MAX_CLASSIFICATIONS = 500
MAX_CLASSES = 100
MAX_CATALOGS = 100
MAX_CATALOG_SOURCES = 1000
MAX_CROSSMATCHES = 100
MAX_CROSSMATCH_ARCSEC = 600.0
MAX_CATALOG_SEARCH_ARCSEC = 3600.0
MAX_CONE_ARCSEC = 36_000.0
"""10 degrees: wider questions are regions of `objects` or `detections`."""
MAX_NEIGHBOR_ARCSEC = 600.0
MAX_POSITIONS = 10_000
MAX_NEAREST = 50
MAX_MATCHES = 50_000
"""Positions of a crossmatch, times the matches that each may have."""
MAX_COUNT = 1_000_000
MAX_DOWNLOADED = 1_000_000
MAX_ADDRESS = 8000
"""Letters of a link: what is longer, servers and proxies on the way may refuse."""


def page_size(asked: int, cap: int, *, name: str = "first") -> int:
    """A checked number of rows. Raises InvalidInput for a negative one, LimitExceeded for one above the cap."""
    if asked < 0:
        raise InvalidInput(f"{name} must not be negative, got {asked}")
    if asked > cap:
        onwards = "next page with after" if name == "first" else "page before with before"
        raise LimitExceeded(f"{name} must be at most {cap} here, got {asked}: take the {onwards}")
    return asked


def at_most(name: str, value: float, cap: float) -> float:
    """A checked number. Raises LimitExceeded above the cap."""
    if value > cap:
        raise LimitExceeded(f"{name} must be at most {cap:.15g}, got {value:.15g}")
    return value
