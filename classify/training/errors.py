"""What can be wrong with training and test data."""

from domain.errors import ArrayanError


class UnusableData(ArrayanError):
    """Data that cannot be trained or tested on; the message says what is missing and where."""
