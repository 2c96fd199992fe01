"""Which end of an indicator is the best one."""

from __future__ import annotations

from typing import Literal

from optkommunen.errors import ComparisonError

Best = Literal["high", "low"] | int

_SIGNS: dict[str | int, int] = {"high": 1, "low": -1, 1: 1, -1: -1}


def sign_of(best: Best) -> int:
    """1 if high is best, -1 if low is: from a word or from the polarity of the catalogue.

    Raises
    ------
    ComparisonError
        Another word, or polarity 0.

    Examples
    --------
    >>> sign_of("high"), sign_of("low"), sign_of(-1)
    (1, -1, -1)
    """
    if best not in _SIGNS:
        message = (
            f"An order needs a best end: 'high' (+1) or 'low' (-1); found {best!r}. Where neither high nor low is good "
            "(polarity 0), choose one and say so."
        )
        raise ComparisonError(message)
    return _SIGNS[best]
