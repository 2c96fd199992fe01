"""A panel in JupyterLab to look around without code: one indicator, and who stands where in it, in six views."""

from __future__ import annotations

import base64
import html
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt

import optkommunen as ok
from optkommunen.data.labels import value_label
from optkommunen.errors import AmbiguousUnitError, ForeignUnitError, OptkommunenError, UnknownUnitError
from optkommunen.figures.style import png
from optkommunen.front.given import key_among, names_of, only
from optkommunen.front.membership import members
from optkommunen.front.result import Result
from optkommunen.indicators.aggregate import COUNTED
from optkommunen.returns.read import Returns
from optkommunen.values import KEY
from optkommunen.words import N_, language, translate

if TYPE_CHECKING:
    from ipywidgets import VBox

VIEWS = {
    "position": N_("Position"), "funnel": N_("Funnel"), "ranks": N_("Ranks"), "development": N_("Development"),
    "map": N_("Map"), "profile": N_("Profile"),
}  # fmt: skip
"""What can be looked at, in the order of the tabs."""
SHOWN = {"figure": N_("Figure"), "table": N_("Table"), "code": N_("Code")}
"""What a view shows of itself."""
RINGS = {"ring": N_("its Vergleichsring"), "neighbours": N_("its ten nearest neighbours"), "types": N_("its type")}
"""With whom a municipality is compared."""
CONDITIONS = (
    "persons_in_bg_rate", "unemployment_rate", "longterm_share", "ehb_single_parent_share", "ehb_u25_share",
    "childcare_u3", "childcare_3to5", "debtor_rate", "care_need", "gdp_per_head",
)  # fmt: skip
"""Official figures of the profile of a real municipality."""
FIRST = ("eingliederungsquote", "unemployment_rate")
"""What is shown first, where it has values."""
STATIC = "OPTKOMMUNEN_STATIC"
"""Environment variable: set where notebooks are stored or compared. A panel has random ids, a picture has none."""
_NO_CHANCE = N_(
    "A full count, or published without numerator and denominator: nothing is known of chance, so there is no funnel "
    "and no ranking. The position says where everybody stands."
)
_NO_RATES = N_("These returns have no rate and no quota, which a profile is made of.")
_CHOOSE = N_("Choose a municipality: a profile is of one.")
_NOT_DRAWN = N_("Musterkommunen are invented and have no place on a map.")


@dataclass(frozen=True)
class View:
    """What a tab shows: a picture with its words, the code that makes it; or the reason why there is none."""

    code: str
    picture: bytes = b""
    alt_text: str = ""
    answer: Any = None
    reason: str = ""

    @property
    def table(self) -> str:
        """The numbers of the picture as a readable table in HTML."""
        shown = self.answer.show() if isinstance(self.answer, Result) else ok.show(self.answer)
        return str(shown._repr_html_())

    def html(self, shown: str = "figure") -> str:
        """The picture with its alternative text, the table behind it or the code (of `SHOWN`); or the reason."""
        if shown == "code":
            return f"<pre>{html.escape(self.code)}</pre>"
        if self.reason:
            return f"<p>{html.escape(self.reason)}</p>"
        if shown == "table":
            return self.table
        data = base64.b64encode(self.picture).decode()
        return f'<img src="data:image/png;base64,{data}" alt="{html.escape(self.alt_text)}" style="max-width:100%">'


class Explorer:
    """Indicators of returns, or official figures, in six views; shows itself as a panel, stored as a picture.

    Parameters
    ----------
    returns : Returns, optional
        None: the official figures of the 69.

    Attributes
    ----------
    choices : dict of str to str
        Name of each indicator that has values (``"service_coverage debt"`` of a service), and the code of its table.
    first : str
        The indicator that is shown first.
    names : dict of str to str
        Name of each municipality by key.
    """

    def __init__(self, returns: Returns | None = None) -> None:
        if not isinstance(returns, Returns | None):
            message = (
                f"An explorer takes ok.load_returns(…), or nothing; found {type(returns).__name__}. Load them first."
            )
            raise OptkommunenError(message)
        self.returns = returns
        self.choices = _official() if returns is None else _of_returns(returns)
        if not self.choices:
            message = "An explorer needs an indicator with values; these returns have none. Load returns with values."
            raise OptkommunenError(message)
        self.first = next((name for name in FIRST if name in self.choices), next(iter(self.choices)))
        self.names = names_of(members(returns).reset_index())
        self._made: dict[tuple[str, ...], Any] = {}

    def labels(self) -> dict[str, str]:
        """Names of the indicators by their label in the language of the session, each label once, in their order."""
        found: dict[str, str] = {}
        for name in self.choices:
            label = str(value_label(*name.split(" ")))
            found[f"{label} ({name})" if label in found else label] = name
        return dict(sorted(found.items())) if self.returns is None else found

    def periods(self, indicator: str) -> list[str]:
        """Periods of an indicator, the latest first."""
        return sorted(self._run([f"table = {self.choices[indicator]}"])["period"].unique(), reverse=True)

    def code(self, view: str, indicator: str, period: str = "", rings: str = "ring", kommune: str = "") -> list[str]:
        """Lines that make a view; the last makes the figure, and no line depends on a later one.

        Parameters
        ----------
        view : str
            Of `VIEWS`.
        indicator : str
            Of `choices`.
        period : str, default ""
            Empty: the latest, and the mean of the years for ranks.
        rings : str, default "ring"
            Of `RINGS`.
        kommune : str, default ""
            Key or name to point out; empty: nobody.

        Raises
        ------
        OptkommunenError
            A view, an indicator, rings or a municipality that there is not.
        """
        for what, asked_for, there in (("view", view, VIEWS), ("indicator", indicator, self.choices),
                                       ("rings", rings, RINGS)):  # fmt: skip
            if asked_for not in there:
                message = f"This panel has the {what} {', '.join(there)}; found {asked_for!r}. Name one of them."
                raise OptkommunenError(message)
        kommune = self._key(kommune)
        of = "" if self.returns is None else "returns"
        others = {"neighbours": f"ok.neighbours({of}{', ' * bool(of)}k=10)", "types": f"ok.types({of})"}
        own = f"highlight={_text(kommune)}" if kommune else ""
        asked = [f"period={_text(period)}"] if period else []
        table = f"table = {self.choices[indicator]}"
        if view == "profile":
            several = self._profile()
            table, asked = f"table = {several}", asked if self.returns is not None else []
        if view in ("position", "funnel", "profile"):
            lines = [f"rings = {others[rings]}"] if rings in others and view != "funnel" else []
            arguments = ", ".join(["table", *(["rings=rings"] if lines else []), *asked])
            function = "ok.funnel" if view == "funnel" else "ok.compare"
            return [*lines, table, f"answer = {function}({arguments})", f"figure = answer.plot({own})"]
        if view == "ranks":
            return [table, f"answer = ok.rank({', '.join(['table', *asked])})", f"figure = answer.plot({own})"]
        if view == "map":
            year = _text(period) if period else 'table["period"].max()'
            return [table, f'figure = ok.figures.map_indicator(table[table["period"] == {year}])']
        if self._is_count(table):
            return [table, "figure = ok.figures.development(table)"]
        member = _text(kommune or next(iter(self.names)))
        ring = f'ring = table.loc[table["{KEY}"] == {member}, "ring"].iloc[0]'
        arguments = ", ".join(['table[table["ring"] == ring]', 'by="ring"', *([own] if own else [])])
        return [table, ring, f"figure = ok.figures.quota_development({arguments})"]

    def view(self, view: str, indicator: str, period: str = "", rings: str = "ring", kommune: str = "") -> View:
        """One view, drawn once; arguments as of `code`.

        Examples
        --------
        >>> explorer = Explorer()
        >>> found = explorer.view("position", "unemployment_rate", kommune="Coesfeld")
        >>> print(found.code)
        table = ok.load_context("unemployment_rate")
        answer = ok.compare(table)
        figure = answer.plot(highlight="05558")
        """
        lines = self.code(view, indicator, period, rings, kommune)
        drawn = (*lines, language())
        if drawn not in self._made:
            self._made[drawn] = self._draw(view, lines, kommune)
        found: View = self._made[drawn]
        return found

    @property
    def panel(self) -> VBox:
        """The panel, made of ipywidgets."""
        try:
            import ipywidgets as w
        except ImportError as error:
            message = "The panel is made of ipywidgets; not installed here. Run pip install 'optkommunen[notebooks]'."
            raise OptkommunenError(message) from error
        indicator, years = w.Dropdown(options=list(self.labels().items()), value=self.first), w.Dropdown()
        rings = w.Dropdown(options=[(translate(words), name) for name, words in RINGS.items()])
        own = w.Combobox(options=list(self.names.values()), placeholder=translate(N_("type a name or a key")))
        shown = w.ToggleButtons(options=[(translate(words), name) for name, words in SHOWN.items()])
        places = [w.HTML() for _ in VIEWS]
        tabs = w.Tab(places, titles=[translate(words) for words in VIEWS.values()])
        told = w.HTML()

        def periods(_: Any = None) -> None:
            kept, there = years.value or "", self.periods(indicator.value)
            latest = translate(N_("latest (ranks: mean of the years)"))
            years.options = [(latest, ""), *((period, period) for period in there)]
            years.value = kept if kept in there else ""

        def draw(_: Any = None) -> None:
            place = places[tabs.selected_index or 0]
            why, asked = "", (list(VIEWS)[tabs.selected_index or 0], indicator.value, years.value or "", rings.value)
            try:
                found = self.view(*asked, kommune=own.value)
            except (UnknownUnitError, AmbiguousUnitError, ForeignUnitError) as error:
                found, why = self.view(*asked), str(error)
            told.value = html.escape(why)
            place.value = found.html(shown.value)

        indicator.observe(periods, "value")
        for control in (indicator, years, rings, own, shown):
            control.observe(draw, "value")
        tabs.observe(draw, "selected_index")
        periods()
        draw()
        asked = {N_("Indicator"): indicator, N_("Period"): years, N_("Compared with"): rings, N_("Municipality"): own}
        rows = [w.HBox([w.Label(translate(words), layout={"width": "9em"}), one]) for words, one in asked.items()]
        return w.VBox([*rows, told, shown, tabs])

    def _draw(self, view: str, lines: list[str], kommune: str) -> View:
        code = "\n".join(lines)
        if view in ("funnel", "ranks") and not only(self._run(lines[:1])).counted:
            return View(code, reason=translate(_NO_CHANCE))
        if view == "profile" and not self._rates():
            return View(code, reason=translate(_NO_RATES))
        if view == "profile" and not kommune:
            return View(code, reason=translate(_CHOOSE))
        if view == "map" and self.returns is not None and self.returns.synthetic:
            return View(code, reason=translate(_NOT_DRAWN))
        try:
            with plt.ioff():
                figure = self._run(lines)
        except OptkommunenError as error:
            return View(code, reason=str(error))
        answer = self._made[tuple(lines[:-1])] if lines[-2].startswith("answer") else figure.table
        picture = png(figure)
        plt.close(self._made.pop(tuple(lines)))
        return View(code, picture, figure.alt_text, answer)

    def _run(self, lines: list[str]) -> Any:
        """Value of the last line. What is shown as code is what is run; what was run is kept."""
        names: dict[str, Any] = {"ok": ok, "returns": self.returns}
        for last, line in enumerate(lines, 1):
            name, _, expression = line.partition(" = ")
            made = tuple(lines[:last])
            if made not in self._made:
                self._made[made] = eval(expression, names)
            names[name] = self._made[made]
        return names[name]

    def _key(self, typed: str) -> str:
        """Key of what was typed: a key or name; nobody for nothing."""
        return key_among(typed, self.names, translate(N_("this panel"))) if typed.strip() else ""

    def _is_count(self, table: str) -> bool:
        unit = str(self._run([table])["unit"].iloc[0])
        return unit in COUNTED

    def _rates(self) -> list[str]:
        """Indicators of a profile."""
        if self.returns is None:
            return list(CONDITIONS)
        rates = ok.catalogue().query("kind == 'event_rate' or kind == 'stock_quota'")["indicator"]
        return [name for name in rates if name in self.choices]

    def _profile(self) -> str:
        names = ", ".join(map(_text, self._rates()))
        return f"ok.load_context([{names}], near=2008)" if self.returns is None else f"ok.indicator([{names}], returns)"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        if not os.environ.get(STATIC):
            return self.panel._repr_mimebundle_(include=include, exclude=exclude)
        found = self.view("position", self.first)
        if found.reason:
            return {"text/plain": f"{self!r}: {found.reason}"}
        return {"image/png": base64.b64encode(found.picture).decode(), "text/plain": f"{self!r}: {found.alt_text}"}

    def __repr__(self) -> str:
        return f"Explorer of {len(self.choices)} indicators of {len(self.names)} municipalities"


def _official() -> dict[str, str]:
    found = {name: f"ok.load_context({_text(name)})" for name in ok.load_context()["indicator"].unique()}
    for name in ok.caseload()["indicator"].unique():
        one = f"indicator == '{name}'"
        found[name] = f"ok.caseload().query({_text(one)})"
    return found


def _of_returns(returns: Returns) -> dict[str, str]:
    """Every indicator that these returns have a value of, one's own too, then those of each service."""
    entries = ok.catalogue().query("leg != 'official'")
    found = {}
    for name in entries.loc[~entries["by_service"], "indicator"]:
        try:
            table = ok.indicator(name, returns)
        except OptkommunenError:  # published only, or of a sheet that these returns do not have
            continue
        if table["value"].notna().any():
            found[name] = f"ok.indicator({_text(name)}, returns)"
    for name in entries.loc[entries["by_service"], "indicator"]:
        try:
            table = ok.service_indicator(name, returns)
        except OptkommunenError:
            continue
        for service in table.loc[table["value"].notna(), "service"].unique():
            found[f"{name} {service}"] = f"ok.service_indicator({_text(name)}, returns, service={_text(service)})"
    return found


def _text(word: str) -> str:
    return json.dumps(word, ensure_ascii=False)


def explore(returns: Returns | None = None) -> Explorer:
    """A panel in JupyterLab to look around: indicator, period, rings and municipality, in six views.

    Only the view that is looked at is drawn. Each shows its picture, or the table behind it, or the code that makes it.
    Where notebooks are stored or compared (the environment variable ``OPTKOMMUNEN_STATIC``), the first view stands as
    a picture.

    Parameters
    ----------
    returns : Returns, optional
        ``ok.load_returns()`` or one's own; None: the official figures of the 69.

    Returns
    -------
    Explorer

    Raises
    ------
    OptkommunenError
        Returns without a value.

    Examples
    --------
    >>> from optkommunen.returns.read import load_returns
    >>> explore(load_returns())
    Explorer of 59 indicators of 69 municipalities
    """
    return Explorer(returns)
