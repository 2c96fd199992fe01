"""What every comparison and regression answers with: a frame, what was found beside it, and how to look at it."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from optkommunen.data.catalogue import Lang
from optkommunen.errors import OptkommunenError, UnknownUnitError
from optkommunen.front.given import key_among, names_of, source_of
from optkommunen.values import KEY, UNKNOWN, worst_of
from optkommunen.words import as_sentence, language, noted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from optkommunen.front.show import Shown

MILLIMETRES = 25.4
"""In an inch, the unit of the figures below the front."""


class Held(Mapping[str, Any]):
    """Values by name that nobody can change: frames are handed out as lazy copies, a `partial` is made when looked at.

    Why this class exists: a dict may be written to, `types.MappingProxyType` does not pickle, and both would hand out
    the frames themselves.

    Examples
    --------
    >>> held = Held({"peers": pd.DataFrame({"weight": [1.0]})})
    >>> peers = held["peers"]
    >>> peers.loc[0, "weight"] = 2.0
    >>> held["peers"]["weight"].tolist(), list(held)
    ([1.0], ['peers'])
    """

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = {name: _copied(value) for name, value in values.items()}

    def __getitem__(self, name: str) -> Any:
        if name not in self._values:
            message = f"There is no {name!r} here; there is {', '.join(self._values) or 'nothing'}. Choose of these."
            raise KeyError(message)
        if isinstance(self._values[name], partial):
            self._values[name] = self._values[name]()
        return _copied(self._values[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        frames = (pd.DataFrame, partial)
        return repr({k: type(v).__name__ if isinstance(v, frames) else v for k, v in self._values.items()})


class Text(str):
    """Sentences that show as they are read, without quotes, when they are the last value of a cell."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


@dataclass(frozen=True, eq=False, repr=False)
class Result:
    """The answer of a function of the front.

    Why this class exists: a frame alone loses what was found beside it, what may not be concluded from it, and the
    figure that belongs to it. What differs between answers is data, names of functions among it, so that one class
    holds all and every answer can be stored.

    Attributes
    ----------
    name : str
        The public function that answered.
    data : DataFrame
        The answer; look at it by `table`.
    parts : mapping of str to DataFrame
        Further frames by name.
    facts : mapping of str to float, int, str or bool
        Single numbers found, as plain Python values.
    notes : tuple of str
        What a reader has to know, one sentence each.
    reason : str
        Why there is no answer; empty where there is one.
    figure, sentences : str
        ``"module:function"`` that draws the answer and that tells it.
    heads : mapping of str to str
        What the bounds are: ``{"interval": "funnel limits"}``.
    options : mapping of str to object
        What was asked for and drawing and telling need: level, period and the like.

    Examples
    --------
    Writing to the table changes no answer:

    >>> table = pd.DataFrame({"kommune": ["M01"], "value": [2.0], "status": ["synthetic"], "source": ["own"]})
    >>> answer = Result("compare", table)
    >>> mine = answer.table
    >>> mine.loc[0, "value"] = 9.0
    >>> answer.table["value"].tolist(), answer.status, answer
    ([2.0], 'synthetic', Result of compare: 1 row, status synthetic)
    """

    name: str
    data: pd.DataFrame
    parts: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    reason: str = ""
    figure: str = ""
    sentences: str = ""
    heads: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "data", self.data.copy(deep=False))
        object.__setattr__(self, "notes", tuple(dict.fromkeys(note for note in self.notes if note)))
        for mapping in ("parts", "facts", "heads", "options"):
            values = getattr(self, mapping)
            object.__setattr__(self, mapping, values if isinstance(values, Held) else Held(values))

    @property
    def table(self) -> pd.DataFrame:
        """The answer as a frame of one's own: writing to it changes no answer."""
        return self.data.copy(deep=False)

    @property
    def status(self) -> str:
        """Worst status of the rows, as one word."""
        statuses = self.data.get("status", pd.Series(dtype="str")).dropna().unique()
        return worst_of(statuses) if len(statuses) else UNKNOWN

    @property
    def source(self) -> str:
        """The different sources of the rows, in order of appearance."""
        return source_of(self.data)

    def __len__(self) -> int:
        return len(self.data)

    def __bool__(self) -> bool:
        return not self.reason

    def of(self, kommune: str) -> Result:
        """The same answer for one municipality: its rows, in the parts as well.

        Parameters
        ----------
        kommune : str
            Key, or any name by which it is known, also that of the returns.

        Returns
        -------
        Result

        Raises
        ------
        UnknownUnitError
            The answer has no municipalities, or not this one.
        """
        if self.reason:
            return self
        if KEY not in self.data:
            message = f"An answer has rows of a municipality if it has a column {KEY}; that of {self.name} has none."
            raise UnknownUnitError(message)
        key = self._key(kommune)
        parts = {name: partial(_rows_of, self.parts, name, key) for name in self.parts}  # made when looked at
        return self._with(data=self.data[self.data[KEY] == key].reset_index(drop=True), parts=parts)

    def summary(self, lang: Lang | None = None) -> Text:
        """What the answer says and what it cannot say, in two to four sentences.

        Parameters
        ----------
        lang : {"de", "en"} or None, default None
            None for the language of the session.

        Returns
        -------
        str
        """
        lang = language(lang)
        if self.reason or not self.sentences:
            return Text(as_sentence(self.reason, lang) if self.reason else repr(self))
        return Text(" ".join(_function(self.sentences)(self, lang)))

    def plot(
        self,
        *,
        highlight: Any = None,
        lang: Lang | None = None,
        width: float | None = None,
        height: float | None = None,
        title: str | None = None,
        **options: Any,
    ) -> Figure:
        """The figure that belongs to the answer.

        Parameters
        ----------
        highlight : str or list of str, default None
            Municipalities to point out, by key or name.
        lang : {"de", "en"} or None, default None
            None for the language of the session.
        width, height : float or None, default None
            Millimetres; None as the content needs.
        title : str or None, default None
            In place of the figure's own.
        **options : object
            Of the figure.

        Returns
        -------
        matplotlib.figure.Figure
            It shows once, as the value of its cell. Where there is no answer it says why.

        Raises
        ------
        OptkommunenError
            The answer has no figure.
        """
        from optkommunen.figures.layout import reason_drawn

        lang = language(lang)
        if not (self.figure or self.reason):
            message = f"An answer draws the figure that belongs to it; that of {self.name} has none. Look at .show()."
            raise OptkommunenError(message)
        names = [highlight] if isinstance(highlight, str) else highlight
        if names is not None and not self.reason and KEY not in self.data:
            message = (
                f"The figure of {self.name} shows no single municipality; found highlight={highlight!r}. Leave it out."
            )
            raise OptkommunenError(message)
        inches: dict[str, Any] = {"width": width and width / MILLIMETRES, "height": height and height / MILLIMETRES}
        if self.reason:
            return reason_drawn(self.summary(lang), self.source, lang=lang, title=title, **inches)
        keys = None if names is None else [self._key(name) for name in names]
        fig: Figure = _function(self.figure)(self, highlight=keys, lang=lang, title=title, **inches, **options)
        return fig

    def show(
        self,
        *,
        digits: int | None = None,
        columns: list[str] | None = None,
        rows: str | list[str] | None = None,
        across: str | None = None,
        lang: Lang | None = None,
        caption: str = "",
    ) -> Shown:
        """The answer as a readable table; see `optkommunen.front.show.show`.

        Returns
        -------
        Shown
        """
        if self.options.get("shown") and not self.reason:
            chosen = {"columns": columns, "rows": rows, "across": across}
            return _function(self.options["shown"])(self, digits=digits, lang=lang, caption=caption, **chosen)
        from optkommunen.front.phrases import ROWS, cell
        from optkommunen.front.show import Look, readable

        if columns is None and rows is None and across is None:
            across = self.options.get("across")
        words = self.options.get("cell", partial(cell, known=ROWS | {str(note): note for note in self.notes}))
        look = Look(language(lang), digits, self.heads, self.options.get("digits", {}), words)
        return readable(
            self.data, look, columns=columns, named=self.options.get("columns", ()), rows=rows, across=across,
            caption=caption, notes=[noted(note, look.lang) for note in self.notes],
            reason=as_sentence(self.reason, look.lang) if self.reason else "",
        )  # fmt: skip

    def to_csv(self, path: str | Path) -> None:
        """Write the table as CSV: UTF-8, keys as text, full precision.

        Parameters
        ----------
        path : str or Path
        """
        self.data.to_csv(path, index=False, lineterminator="\n")

    def to_excel(self, path: str | Path) -> None:
        """Write the table and each part to a sheet of a workbook; text is text there, never a formula.

        Parameters
        ----------
        path : str or Path
        """
        from optkommunen.front.export import write_workbook

        about = {"notes": pd.DataFrame({"note": [self.reason, *self.notes]}).query("note != ''")}
        write_workbook(path, {self.name: self.data, **self.parts, **about})

    def to_latex(self, **options: Any) -> str:
        """The readable table as LaTeX; takes the options of `show`."""
        return self.show(**options).to_latex()

    def to_markdown(self, **options: Any) -> str:
        """The readable table as Markdown; takes the options of `show`."""
        return self.show(**options).to_markdown()

    def to_html(self, **options: Any) -> str:
        """The readable table as HTML; takes the options of `show`."""
        return self.show(**options).to_html()

    def _repr_html_(self) -> str:
        return self.show()._repr_html_()

    def __repr__(self) -> str:
        if self.reason:
            return f"Result of {self.name}: empty, {self.reason}"
        rows = f"{len(self)} row{'s' if len(self) != 1 else ''}"
        period = self.options.get("period")
        return f"Result of {self.name}: {rows}{f', {period}' if period else ''}, status {self.status}"

    def _with(self, **changed: Any) -> Result:
        kept = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return type(self)(**{**kept, **changed})

    def _key(self, kommune: str) -> str:
        return key_among(kommune, names_of(self.data), f"this answer of {self.name}")


def first_level(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows of the first level of intervals, where there are several.

    Examples
    --------
    >>> first_level(pd.DataFrame({"kommune": ["M01"] * 2, "level": [0.95, 0.998]}))["level"].tolist()
    [0.95]
    """
    levels = frame["level"].dropna() if "level" in frame else pd.Series(dtype=float)
    if levels.empty or bool((levels == levels.iloc[0]).all()):
        return frame
    return frame[frame["level"].isna() | (frame["level"] == levels.iloc[0])]


def _rows_of(parts: Mapping[str, Any], name: str, key: str) -> pd.DataFrame:
    part = parts[name]
    return part[part[KEY] == key] if KEY in part else part


def _copied(value: Any) -> Any:
    return value.copy(deep=False) if isinstance(value, pd.DataFrame) else value


def _function(where: str) -> Any:
    module, _, name = where.partition(":")
    return getattr(importlib.import_module(module), name)
