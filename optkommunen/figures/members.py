"""How many of a ring's members report, as figures say it."""

from __future__ import annotations

import pandas as pd

from optkommunen.data.catalogue import Lang
from optkommunen.figures.texts import say


def sentence(table: pd.DataFrame, lang: Lang = "de") -> str:
    """Which rings report in part; empty if none does. A ring of which nobody reports is not spoken of.

    Parameters
    ----------
    table : as from `membership`.
    lang : ``"de"`` or ``"en"``.

    Examples
    --------
    >>> table = pd.DataFrame({"ring": ["R-I", "R-VI"], "members": [10, 8], "reporting": [10, 5], "basis": "units"})
    >>> sentence(table, "en")
    'Not all members report: R-VI 5 of 8 (membership: as in the table units of the returns).'
    """
    short = table[(table["reporting"] > 0) & (table["reporting"] < table["members"])]
    if short.empty:
        return ""
    told = [
        say("ring_reports", lang, ring=ring, n=n, of=of)
        for ring, n, of in zip(short["ring"], short["reporting"], short["members"], strict=True)
    ]
    return say("members_report", lang, rings=", ".join(told), basis=say(f"members_{short['basis'].iloc[0]}", lang))
