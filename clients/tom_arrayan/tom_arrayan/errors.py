"""What can go wrong between a TOM and Arrayán."""

from requests import HTTPError
from tom_dataservices.dataservices import QueryServiceError

NO_MARKUP = str.maketrans("<>", "‹›")
"""Pages of the toolkit show what is said here as HTML, and it may repeat what somebody typed."""


class ArrayanError(QueryServiceError, HTTPError):
    """A sentence for whoever asked. `code` is the server's, None when it could not be asked; `wait` are the
    seconds after which it wants to be asked again. It is an HTTPError too, since some commands of the toolkit go on
    with the next target after these only."""

    def __init__(self, message: str, *, code: str | None = None, wait: float | None = None) -> None:
        super().__init__(message.translate(NO_MARKUP))
        self.code = code
        self.wait = wait
