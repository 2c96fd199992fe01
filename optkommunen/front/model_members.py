"""What single municipalities do to a model, what it leaves of each, and each compared with itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from optkommunen.data.labels import column_head
from optkommunen.errors import ModelError
from optkommunen.front.model_answers import answer
from optkommunen.front.question import LAND, Question
from optkommunen.front.result import Result
from optkommunen.front.show import show
from optkommunen.front.shown import Shown
from optkommunen.regression import integration as spec
from optkommunen.regression.alternatives import cities
from optkommunen.regression.influence import adjusted_distance, contributions, leave_group_out, leave_one_out
from optkommunen.regression.panel import PanelModel
from optkommunen.values import KEY
from optkommunen.words import N_, Note, language, translate


def influence(question: Question, groups: str | Mapping[str, Iterable[str]] | None) -> Result:
    """`leave_one_out`, and in the part ``groups`` without each Land (and the cities), or named groups."""
    fit = question.fit
    table = leave_one_out(fit, question.interest)
    if "name" in fit.data:
        table = table.merge(fit.data[[KEY, "name"]], on=KEY, validate="one_to_one")
    parts = {}
    named = _groups(question) if groups is None else groups
    if named:
        parts["groups"] = leave_group_out(fit, question.interest, named, level=question.level)
    facts = {"lowest": float(table["value"].min()), "highest": float(table["value"].max())}
    columns = ["name", "value", "dfbeta", "hat", "cook", "note"]
    return answer("influence", question, table.assign(status=fit.status), columns, parts=parts, facts=facts)


def _groups(question: Question) -> dict[str, list[str]]:
    """Each Land, and of designs of the package the cities that are in the sample."""
    data = question.fit.data
    known = LAND in data and data[LAND].notna().all() and len(data[LAND].unique()) > 1
    found = {str(land): rows[KEY].tolist() for land, rows in data.groupby(LAND, sort=False)} if known else {}
    if question.of_the_package:
        found["cities"] = cities(data)
    return {name: members for name, members in found.items() if members}


def adjusted(question: Question) -> Result:
    """`adjusted_distance` of each municipality, and factor by factor in the part ``contributions``."""
    table, parts = adjusted_distance(question.fit), contributions(question.fit)
    data = question.fit.data
    if "name" in data:
        table = table.merge(data[[KEY, "name"]], on=KEY, validate="one_to_one")
    told = Note("There is no interval: the distance holds everything the model does not know, chance included.")
    columns = ["name", KEY, "observed", "expected", "value", "note"]
    size = table["value"].abs()
    facts = {"farthest": str(table[KEY][size.argmax()])} if size.notna().any() else {}
    found = answer("adjusted", question, table, columns, parts={"contributions": parts}, notes=(told,), facts=facts)
    return found._with(options={**found.options, "shown": f"{__name__}:adjusted_shown"})


def adjusted_shown(result: Result, **asked: Any) -> Shown:
    """The table of the distances; of one municipality how its distance comes about, factor by factor."""
    plainly = result._with(options={**result.options, "shown": ""})
    if len(result) != 1 or asked["columns"] or asked["rows"] or asked["across"]:
        return plainly.show(**asked)
    lang = language(asked["lang"])
    row, parts = result.table.iloc[0], result.parts["contributions"]
    question: Question = result.options["question"]
    steps = [(column_head("reference", lang), row["reference"])]
    steps += [(question.words(term, lang), value) for term, value in zip(parts["term"], parts["value"], strict=True)]
    ends = (("expected", "expected"), ("observed", "observed"), (N_("adjusted distance"), "value"))
    steps += [(translate(head, lang) if column == "value" else column_head(head, lang), row[column])
              for head, column in ends]  # fmt: skip
    frame = pd.DataFrame(steps, columns=["term", "value"]).assign(status=row["status"])
    caption = "; ".join(filter(None, [asked["caption"], str(row.get("name", row[KEY]))]))
    return show(frame, digits=2 if asked["digits"] is None else asked["digits"], lang=lang, caption=caption)


def panel(question: Question, seed: int) -> Result:
    """Each municipality compared with itself: `PanelModel` of the stated model, and its test by signs."""
    if not (question.stated and question.interest == spec.INDEX and question.returns is not None):
        why = Note("a panel is made of the model stated beforehand, with its provision index")
        return Result("panel", pd.DataFrame(), reason=why)
    rows = spec.panel_design(question.returns).frame
    model = PanelModel(spec.OUTCOME, spec.present((spec.INDEX, spec.WAITING), rows), spec.EXPOSURE)
    try:
        fitted = model(rows)
    except ModelError as reason:
        return Result("panel", pd.DataFrame(), reason=reason.args[0])
    table = fitted.table(question.level).iloc[[0]]
    signs = fitted.sign_flips(spec.INDEX, seed=seed).iloc[0]
    table = table.assign(p_signs=signs["p"], municipalities=rows[KEY].nunique(), term=spec.INDEX)
    if not table["note"].iloc[0]:
        table = table.assign(note=signs["note"])
    columns = [
        "term", "value", "lower", "p", "p_signs", "municipalities", "n_changing", "effective_clusters", "df", "note",
    ]  # fmt: skip
    return answer("panel", question, table, columns)
