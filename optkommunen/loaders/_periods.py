"""The time of a figure: what official tables print for it, and which times are possible."""

from __future__ import annotations

import datetime
import re

EARLIEST = 1945
"""No table of the Länder reaches further back."""

_TIME = re.compile(
    r"(?P<d>\d\d)\.(?P<m>\d\d)\.(?P<y>\d{4})"  # 31.12.2018
    r"|\d{4}(?:-\d\d(?:-\d\d)?)?"  # 2018, 2018-12, 2018-12-31
    r"|\d{4}-\d{4}"  # 2012-2017: a span of INKAR
    r"|\d{4}/\d\d(?:\d\d)?"  # 2018/19: a school year
    r"|\d{4}(?:-\d\d){1,2}P\d+[DMY]"  # 2023-10P6M: begin and length, in flat files
)
_AHEAD = re.compile(r"voraus(?:berechn|schätz)|projektion|prognos|zukünft", re.IGNORECASE)


def as_period(time: str) -> str | None:
    """Time as printed, days as ISO date; None if the text is no time.

    Examples
    --------
    >>> [as_period(time) for time in ("31.12.2009", "2013-12-31", "2008", "2023-10P6M", "2012-2017", "Insgesamt")]
    ['2009-12-31', '2013-12-31', '2008', '2023-10P6M', '2012-2017', None]
    """
    found = _TIME.fullmatch(time)
    if not found:
        return None
    return f"{found['y']}-{found['m']}-{found['d']}" if found["y"] else time


def last_time(created: str, title: str) -> str:
    """Day up to which a table can have figures: that of its making, or today if it names none; 2100 for projections.

    Parameters
    ----------
    created : the day as GENESIS prints it (``02.01.2024 / 20:44:32``), or "".
    title : title and headings of the table.

    Examples
    --------
    >>> last_time("02.01.2024 / 20:44:32", "Arbeitslose"), last_time("02.01.2024", "Bevölkerungsvorausberechnung")
    ('2024-01-02', '2100-12-31')
    """
    if _AHEAD.search(title):
        return "2100-12-31"
    return as_period(created[:10]) or datetime.date.today().isoformat()


def why_impossible(period: str, last: str) -> str:
    """Why no figure can be for this time; "" if one can.

    Parameters
    ----------
    period : as `as_period` gives it.
    last : ISO date, as `last_time` gives it.

    Examples
    --------
    >>> [why_impossible(period, "2024-01-02") for period in ("2505", "2009-02-31", "2024")]
    ['after 2024-01-02, when the table was made', 'no day of the calendar', '']
    """
    days = re.match(r"\d{4}-(\d\d)(?:-(\d\d))?(?!\d)", period)
    if days:
        try:
            datetime.date.fromisoformat(f"{period[:4]}-{days[1]}-{days[2] or '01'}")
        except ValueError:
            return "no day of the calendar"
    span = re.fullmatch(r"(\d{4})-(\d{4})", period)
    if span and span[2] <= span[1]:
        return "a span that ends before it begins"
    if int(period[:4]) < EARLIEST:
        return f"before {EARLIEST}"
    end = span[2] if span else period
    late = end[:10] > last if re.fullmatch(r"\d{4}-\d\d-\d\d", end) else end[:4] > last[:4]
    return f"after {last}, when the table was made" if late else ""
