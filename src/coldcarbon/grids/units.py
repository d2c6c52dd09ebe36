"""From mass per area to petagrams per square kilometre: the one place where it is done."""

from __future__ import annotations

import re

__all__ = ["petagrams_per_square_kilometre"]

GRAMS = {"mg": 1e-3, "g": 1.0, "kg": 1e3, "Mg": 1e6, "t": 1e6, "Gg": 1e9, "Tg": 1e12, "Pg": 1e15, "Gt": 1e15}
PER_SQUARE_KILOMETRE = {"m-2": 1e6, "ha-1": 1e2, "km-2": 1.0}
PETAGRAM = 1e15
PATTERN = re.compile(
    rf"(?P<mass>{'|'.join(sorted(GRAMS, key=len, reverse=True))})\s*(?P<of>[A-Z][A-Za-z0-9]*)?\s+"
    rf"(?P<area>{'|'.join(PER_SQUARE_KILOMETRE)})(?P<rest>(?:\s+\S+)*)"
)


def petagrams_per_square_kilometre(units: str) -> tuple[float, str]:
    """Factor from units of mass per area to Pg per km2.

    Parameters
    ----------
    units : str
        Such as ``Mg ha-1 yr-1``, ``gC m-2 yr-1`` or ``kg C m-2``.

    Returns
    -------
    factor : float
        A value times this times the area in km2 is a total in Pg.
    units : str
        Of the total, such as ``Pg C yr-1``.

    Raises
    ------
    ValueError
        If the units are no mass per area.
    """
    found = PATTERN.fullmatch(units.strip())
    if found is None:
        raise ValueError(
            f"units {units!r} are no mass per area: one of {', '.join(GRAMS)}, then {', '.join(PER_SQUARE_KILOMETRE)}, "
            "as in 'Mg ha-1 yr-1' or 'gC m-2'"
        )
    factor = GRAMS[found["mass"]] / PETAGRAM * PER_SQUARE_KILOMETRE[found["area"]]
    return factor, " ".join(["Pg", *([found["of"]] if found["of"] else []), *found["rest"].split()])
