"""What every comparison and regression answers with: a frame, what was found beside it, and how to look at it."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pandas as pd

from optkommunen.data.catalogue import Lang
from optkommunen.errors import OptkommunenError, UnknownUnitError
from optkommunen.front.given import key_among, names_of, source_of
from optkommunen.values import KEY, UNKNOWN, worst_of
from optkommunen.words import Note, as_sentence, language, noted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from optkommunen.front.show import Shown


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

    def part(self, name: str) -> Result:
        """A part as an answer of its own: it shows in the words of this one; where there is no answer, the reason.

        Parameters
        ----------
        name : str
            One of `parts`.

        Returns
        -------
        Result

        Raises
        ------
        OptkommunenError
            The answer has no such part; lists those it has.

        Examples
        --------
        >>> table = pd.DataFrame({"kommune": ["M01"], "value": [2.0], "status": "synthetic"})
        >>> answer = Result("partners", table, parts={"peers": table.assign(value=3.0)})
        >>> answer.part("peers").table["value"].tolist(), Result("partners", table, reason="too few").part("peers")
        ([3.0], Result of partners: empty, too few)
        """
        from optkommunen.front.show import HIDDEN

        if self.reason:
            return self
        if name not in self.parts:
            message = (
                f"A part is one of those of the answer: {', '.join(self.parts) or 'none'}; found {name!r}. Choose of "
                "these."
            )
            raise OptkommunenError(message)
        kept = {key: self.options[key] for key in ("cell", "digits", "level", "period") if key in self.options}
        part, look = self.parts[name], self.options.get("parts", {}).get(name, {})
        alike = [c for c in ("model", "outcome") if c in part and len(part[c].unique()) == 1]
        columns = [c for c in part.columns if c not in (*HIDDEN, *alike)] if alike else ()
        kept |= {"known": self.notes, "columns": columns, **{k: v for k, v in look.items() if k != "heads"}}
        reason = "" if len(part) else Note("there is nothing in this part")
        return Result(
            f"{self.name}, {name}", part, heads=look.get("heads", self.heads), options=kept, reason=reason
        )  # fmt: skip

    def _words(self) -> Any:
        """What says the words of a cell: the answer's own, else the front's, which know its notes and the whole's."""
        from optkommunen.front.phrases import ROWS, cell

        known = {str(note): note for note in (*self.notes, *self.options.get("known", ()))}
        return self.options.get("cell", partial(cell, known=ROWS | known))

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
        size: dict[str, Any] = {"width": width, "height": height}
        if self.reason:
            return reason_drawn(self.summary(lang), self.source, lang=lang, title=title, **size)
        keys = None if names is None else [self._key(name) for name in names]
        fig: Figure = _function(self.figure)(self, highlight=keys, lang=lang, title=title, **size, **options)
        return fig

    def show(
        self,
        part: str | None = None,
        *,
        head: int | None = None,
        digits: int | Mapping[str, int] | None = None,
        columns: list[str] | None = None,
        rows: str | list[str] | None = None,
        across: str | None = None,
        lang: Lang | None = None,
        caption: str = "",
    ) -> Shown:
        """The answer, or one of its parts, as a readable table.

        Parameters
        ----------
        part : str or None, default None
            Name of one of `parts`, which is shown without the notes of the answer; None: the answer itself.
        head : int or None, default None
            How many rows; None: all.
        digits : int or None, default None
            Behind the decimal mark; None as the catalogue says.
        columns : list of str or None, default None
            Which columns, in which order.
        rows, across : str or list of str, default None
            Columns that name the rows, and the one whose values stand side by side; as in ``ok.show``.
        lang : {"de", "en"} or None, default None
            None for the language of the session.
        caption : str, default ""
            Headline.

        Returns
        -------
        Shown
            Where there is no answer it says why.
        """
        from optkommunen.front.show import Look, readable

        chosen: dict[str, Any] = {"columns": columns, "rows": rows, "across": across}
        if part is not None:
            return self.part(part).show(head=head, digits=digits, lang=lang, caption=caption, **chosen)
        if self.options.get("shown") and not self.reason and head is None:
            return _function(self.options["shown"])(self, digits=digits, lang=lang, caption=caption, **chosen)
        if all(one is None for one in chosen.values()):
            chosen["across"] = self.options.get("across")
        look = Look.of(lang, digits, self.heads, self.options.get("digits", {}), self._words())
        return readable(
            self.data if head is None else first_level(self.data).head(head), look, caption=caption,
            notes=[noted(note, look.lang) for note in self.notes], named=self.options.get("columns", ()),
            reason=as_sentence(self.reason, look.lang) if self.reason else "", **chosen,
        )  # fmt: skip

    def to_csv(self, path: str | Path) -> None:
        """Write the table as CSV: UTF-8, keys as text, full precision; a file of that name is replaced.

        Parameters
        ----------
        path : str or Path
            Of the .csv file.
        """
        from optkommunen.front.export import write_csv

        write_csv(path, self.data)

    def to_excel(self, path: str | Path) -> None:
        """Write the table and each part to a sheet of a workbook; text is text there, never a formula.

        Parameters
        ----------
        path : str or Path
            Of the .xlsx file; one of that name is replaced.
        """
        from optkommunen.front.export import write_workbook

        about = {"notes": pd.DataFrame({"note": [self.reason, *self.notes]}).query("note != ''")}
        write_workbook(path, {self.name: self.data, **self.parts, **about})

    def to_stata(self, path: str | Path, *, lang: Lang | None = None) -> None:
        """Write the table as a labelled Stata file; see ``ok.to_stata``.

        Parameters
        ----------
        path : str or Path
            Of the .dta file.
        lang : {"de", "en"} or None, default None
            Language of the labels; None: that of the session.
        """
        from optkommunen.front.export import to_stata

        to_stata(self, path, lang=lang)

    def to_latex(self, **options: Any) -> str:
        """The readable table as LaTeX.

        Parameters
        ----------
        **options : object
            Those of `show`.

        Returns
        -------
        str
            Texts are escaped.
        """
        return self.show(**options).to_latex()

    def to_markdown(self, **options: Any) -> str:
        """The readable table as Markdown.

        Parameters
        ----------
        **options : object
            Those of `show`.

        Returns
        -------
        str
            Texts are escaped.
        """
        return self.show(**options).to_markdown()

    def to_word(self, path: str | Path, **options: Any) -> None:
        """Write the readable table as a Word document; a file of that name is replaced.

        Parameters
        ----------
        path : str or Path
            Of the .docx file.
        **options : object
            Those of `show`.
        """
        self.show(**options).to_word(path)

    def to_html(self, **options: Any) -> str:
        """The readable table as HTML.

        Parameters
        ----------
        **options : object
            Those of `show`.

        Returns
        -------
        str
            Texts are escaped.
        """
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
        return replace(self, **changed)

    def _key(self, kommune: str) -> str:
        return key_among(kommune, names_of(self.data), f"this answer of {self.name}")


def answered(
    name: str, data: pd.DataFrame, *, parts: Mapping[str, Any], facts: Mapping[str, Any], notes: tuple[str, ...] = (),
    heads: Mapping[str, str] = MappingProxyType({}), looks: Mapping[str, Any] = MappingProxyType({}), **options: Any,
) -> Result:  # fmt: skip
    """Answer of a comparison, which the functions of its name in `drawing` and in `sentences` draw and tell.

    Parameters
    ----------
    name, data, parts, facts, notes, heads
        Of the `Result`.
    looks : mapping of str to mapping
        How parts are shown: their ``columns``, ``digits`` and ``heads``.
    **options : object
        Of the `Result`: ``names`` by key, ``columns`` shown, ``level``, ``period`` and what is particular to it.
    """
    where = "optkommunen.front"
    return Result(
        name, data, parts, facts, notes, figure=f"{where}.drawing:{name}", sentences=f"{where}.sentences:{name}",
        heads=heads, options={**options, "parts": dict(looks)},
    )  # fmt: skip


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
