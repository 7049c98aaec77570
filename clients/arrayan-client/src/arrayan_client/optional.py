"""Packages that are imported when they are asked for."""

from importlib import import_module
from typing import Any

from arrayan_client.errors import MissingPackage

EXTRAS = {
    "astropy": "astropy",
    "numpy": "astropy",
    "pandas": "pandas",
    "polars": "polars",
    "pyarrow": "parquet",
    "matplotlib": "plot",
}
"""Which extra of arrayan-client brings a package."""


def optional(module: str, purpose: str) -> Any:
    """A module of an optional package. Raises MissingPackage, which says what to install."""
    package = module.partition(".")[0]
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != package:
            raise
        raise MissingPackage(
            f"{purpose} needs {package}, which is not installed",
            hint=f'Install it: pip install "arrayan-client[{EXTRAS[package]}]"',
        ) from None
