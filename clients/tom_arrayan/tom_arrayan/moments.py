"""Times as people type them and as Arrayán counts them: MJD (UTC)."""

from datetime import UTC, datetime, timedelta

MJD_ZERO = datetime(1858, 11, 17, tzinfo=UTC)


def mjd_of(moment: datetime) -> float:
    """MJD of an instant; one without a zone is UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - MJD_ZERO) / timedelta(days=1)


def mjd_from_text(text: str) -> float:
    """`61349.5`, `2026-11-05` or `2026-11-05 12:00`. ValueError says what can be read."""
    with_number = text.strip()
    try:
        return float(with_number)
    except ValueError:
        pass
    try:
        return mjd_of(datetime.fromisoformat(with_number))
    except ValueError:
        raise ValueError(f"{text!r} is neither an MJD nor a date such as 2026-11-05 or 2026-11-05 12:00") from None


def instant(text: str) -> datetime:
    """What the endpoint calls a DateTime, aware, in UTC."""
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
