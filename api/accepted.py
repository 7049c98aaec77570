"""Which format a client takes, by the end of the address or by its Accept header."""

from collections.abc import Iterator

from domain.table_format import TableFormat

DEFAULT = TableFormat.CSV
BY_MEDIA_TYPE = {
    **{form.media_type: form for form in TableFormat},
    "application/csv": TableFormat.CSV,
    "application/vnd.ivoa.votable+xml": TableFormat.VOTABLE,
    "application/xml": TableFormat.VOTABLE,
    "text/xml": TableFormat.VOTABLE,
    "image/fits": TableFormat.FITS,
    "application/x-parquet": TableFormat.PARQUET,
}


def by_extension(extension: str) -> TableFormat | None:
    """The format of file names that end like this; None for others."""
    names = {"xml": TableFormat.VOTABLE, "votable": TableFormat.VOTABLE}
    names |= {form.extension: form for form in TableFormat}
    return names.get(extension.lower())


def by_accept(header: str) -> TableFormat | None:
    """The format that an Accept header likes best, CSV where it takes anything; None when it takes none of ours."""
    ranges = sorted(_ranges(header or "*/*"), key=lambda item: -item[1])
    for media_range, weight in ranges:
        if weight <= 0:
            break
        if media_range in BY_MEDIA_TYPE:
            return BY_MEDIA_TYPE[media_range]
        if media_range in ("*/*", "text/*"):
            return DEFAULT
        if media_range == "application/*":
            return TableFormat.VOTABLE
    return None


def _ranges(header: str) -> Iterator[tuple[str, float]]:
    for part in header.split(","):
        media_range, *parameters = (word.strip().lower() for word in part.split(";"))
        weight = 1.0
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip() == "q":
                try:
                    weight = float(value)
                except ValueError:
                    weight = 0.0
        yield media_range, weight
