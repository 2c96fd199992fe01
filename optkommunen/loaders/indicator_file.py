"""Definitions of a researcher's own indicators in a TOML file, one table for each."""

from __future__ import annotations

import tomllib
from pathlib import Path

from optkommunen.data.catalogue import Indicator
from optkommunen.data.own_indicators import own_indicator
from optkommunen.errors import FileFormatError, IndicatorError
from optkommunen.loaders._files import read_bytes, refusal

_FORM = 'Write [name] and below it kind = "stock_quota", polarity = 0, label_de = "…", label_en = "…".'


def read_indicators(path: str | Path) -> tuple[Indicator, ...]:
    r"""Read the definitions of a TOML file; nothing is put into the catalogue.

    **Format:** UTF-8; a table for each indicator, its name in brackets, with the words of
    `optkommunen.data.own_indicators.own_indicator`.

    Parameters
    ----------
    path : str or Path
        The file.

    Returns
    -------
    tuple of Indicator
        In the order of the file.

    Raises
    ------
    FileFormatError
        Not TOML, no table, or a definition that lacks something; names file and indicator.

    Examples
    --------
    >>> import tempfile
    >>> lines = ['[quota_over50]', 'kind = "stock_quota"', 'polarity = 0', 'numerator = "active_over50"',
    ...          'denominator = "ehb_over50"', 'label_de = "Quote ab 50"', 'label_en = "Quota, 50+"']
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "mine.toml")
    ...     _ = path.write_text("\n".join(lines), encoding="utf-8")
    ...     read_indicators(path)[0].label("en")
    'Quota, 50+'
    """
    path = Path(path)
    rule = "Own indicators stand in a TOML file, a table for each"
    try:
        tables = tomllib.loads(read_bytes(path).decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise refusal(path, rule, str(error), _FORM) from error
    loose = [name for name, words in tables.items() if not isinstance(words, dict)]
    if loose or not tables:
        raise refusal(path, rule, f"{loose[0]!r} outside of a table" if loose else "none", _FORM)
    try:
        return tuple(own_indicator(name, words) for name, words in tables.items())
    except IndicatorError as error:
        message = f"{path.name}: {error}"
        raise FileFormatError(message) from error
