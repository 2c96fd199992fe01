"""The language of the session: what the front says its answers in unless told; it never changes a number."""

from __future__ import annotations

from optkommunen.data.catalogue import Lang
from optkommunen.figures.texts import require_language

_session: dict[str, Lang] = {"lang": "en"}


def set_language(lang: Lang) -> None:
    """Set the language of tables, summaries and figures for the rest of the session; ``"en"`` at its start.

    Parameters
    ----------
    lang : {"de", "en"}

    Raises
    ------
    OptkommunenError
        Another language.

    Examples
    --------
    >>> set_language("de"); language(), language("en")
    ('de', 'en')
    >>> set_language("en")
    """
    require_language(lang)
    _session["lang"] = lang


def language(lang: Lang | None = None) -> Lang:
    """Language asked for, or that of the session.

    Parameters
    ----------
    lang : {"de", "en"} or None, default None
        None for that of the session.

    Returns
    -------
    str

    Raises
    ------
    OptkommunenError
        Another language.
    """
    if lang is None:
        return _session["lang"]
    require_language(lang)
    return lang
