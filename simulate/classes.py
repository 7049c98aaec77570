"""What can be in the sky: the subclasses (late classes), their early class, and their share of a night."""

from collections.abc import Iterator, Mapping

EARLY_CLASS: Mapping[str, str] = {
    "SNIa": "SN",
    "SNIbc": "SN",
    "SNII": "SN",
    "SLSN": "SN",
    "QSO": "AGN",
    "AGN": "AGN",
    "Blazar": "AGN",
    "CV/Nova": "VS",
    "YSO": "VS",
    "LPV": "VS",
    "E": "VS",
    "DSCT": "VS",
    "RRL": "VS",
    "CEP": "VS",
    "Periodic-Other": "VS",
    "asteroid": "asteroid",
    "bogus": "bogus",
}

SUBCLASSES: tuple[str, ...] = tuple(EARLY_CLASS)

OBJECT_SHARES: Mapping[str, float] = {
    "SNIa": 0.043,
    "SNIbc": 0.003,
    "SNII": 0.011,
    "SLSN": 0.003,
    "QSO": 0.080,
    "AGN": 0.050,
    "Blazar": 0.020,
    "CV/Nova": 0.020,
    "YSO": 0.045,
    "LPV": 0.120,
    "E": 0.110,
    "DSCT": 0.035,
    "RRL": 0.120,
    "CEP": 0.025,
    "Periodic-Other": 0.045,
    "asteroid": 0.180,
    "bogus": 0.090,
}
"""Share of the objects of one night, by subclass.

The supernovae are in the ratios of a magnitude-limited survey (Ia : II : Ibc = 75.6 : 19.2 : 5.2, the Bright
Transient Survey), with more superluminous ones than there are, so that a night holds some. The rest is our
choice: variable stars are the majority, as in the real stream.
"""


def subclass_of_slots(shares: Mapping[str, float] = OBJECT_SHARES) -> Iterator[str]:
    """The subclass of each object of a night: one of each first, then whichever is most behind its share."""
    counts = dict.fromkeys(shares, 0)
    for subclass in sorted((name for name in shares if shares[name] > 0), key=lambda name: -shares[name]):
        counts[subclass] += 1
        yield subclass
    while True:
        subclass = max(shares, key=lambda name: shares[name] / (2 * counts[name] + 1))
        counts[subclass] += 1
        yield subclass
