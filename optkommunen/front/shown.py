"""A readable table: its texts, how a notebook shows them, and how they go into a paper."""

from __future__ import annotations

import hashlib
import html
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from optkommunen.data.catalogue import Lang
from optkommunen.front.export import check_ending, whole_file
from optkommunen.sheets import inert_frame, storable

_LATEX = str.maketrans(
    {sign: f"\\{sign}" for sign in "&%$#_{}"} | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}"}
)
_RULES = (r"\midrule", r"\bottomrule")
_MARKDOWN = str.maketrans({"|": "\\|", "\n": " "})


@dataclass(frozen=True, eq=False, repr=False)
class Shown:
    """A table of texts with caption and notes.

    Why this class exists: pandas' Styler has an address of memory in its text form and a random id in its HTML, so that
    a stored notebook differs on each run.

    Attributes
    ----------
    frame : DataFrame of str
        The texts, under the heads that are shown.
    caption : str
        Headline.
    notes : tuple of str
        Sentences below the table.
    lang : {"de", "en"}
        Language of the texts.
    reason : str
        Why there is no table.
    numeric : tuple of int
        Places of the columns that are set flush right.
    rules : tuple of int
        Places of the rows above which a rule stands, where blocks of a table begin.
    """

    frame: pd.DataFrame
    caption: str
    notes: tuple[str, ...]
    lang: Lang
    reason: str = ""
    numeric: tuple[int, ...] = ()
    rules: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Texts begin no formula, should the table be pasted into a spreadsheet."""
        object.__setattr__(self, "frame", inert_frame(self.frame, without=self.numeric))

    def __repr__(self) -> str:
        if self.reason:
            return f"Table: empty, {self.reason}"
        rows, columns = self.frame.shape
        return f"Table: {rows} × {columns}{f', {self.caption}' if self.caption else ''}"

    def __str__(self) -> str:
        body = self.reason or self.frame.to_string(index=False)
        return "\n".join(filter(None, [self.caption, body, *self.notes]))

    def _repr_html_(self) -> str:
        return self.to_html()

    def to_html(self) -> str:
        """HTML, the same on every run; texts are escaped."""
        if self.reason:
            return f"<p>{html.escape(self.reason)}</p>" + self._notes_html()
        content = "\x1f".join([self.caption, self.frame.to_csv(index=False), *map(str, self.numeric)])
        uuid = hashlib.sha256(content.encode()).hexdigest()[:10]
        right = [{"selector": f".col{i}", "props": [("text-align", "right")]} for i in self.numeric]
        right += [{"selector": f"td.col{i}", "props": [("white-space", "nowrap")]} for i in self.numeric]
        left = [{"selector": "th, td", "props": [("text-align", "left")]}]
        left += [{"selector": "th", "props": [("white-space", "normal")]}]  # heads may be long
        ruled = [{"selector": f".row{i}", "props": [("border-top", "1px solid")]} for i in self.rules]
        styler = self._styler("html", uuid=uuid).set_table_styles(left + right + ruled)
        if self.caption:
            styler = styler.set_caption(html.escape(self.caption))
        return styler.to_html() + self._notes_html()

    def to_latex(self) -> str:
        """LaTeX with booktabs rules; texts are escaped."""
        frame = pd.DataFrame({"": [self.reason]}) if self.reason else self.frame
        form = "".join("r" if i in self.numeric else "l" for i in range(frame.shape[1]))
        caption = _escaped(self.caption, "latex") or None
        text: str = self._styler("latex", frame=frame).to_latex(hrules=True, column_format=form, caption=caption)
        lines = text.split("\n")
        first, last = (next(i for i, line in enumerate(lines) if line.startswith(rule)) for rule in _RULES)
        wide = r"\multicolumn{" + str(frame.shape[1]) + r"}{p{\linewidth}}{\footnotesize "
        lines[last + 1 : last + 1] = [wide + _escaped(note, "latex") + r"} \\" for note in self.notes]
        for row in sorted(self.rules, reverse=True):  # each row of texts is one line
            lines.insert(first + 1 + row, r"\midrule")
        text = "\n".join(lines)
        for written, set_as in (("−", "$-$"), ("\N{NO-BREAK SPACE}", "~"), ("–", "--"), ("…", r"\ldots{}")):
            text = text.replace(written, set_as)
        return text

    def to_markdown(self) -> str:
        """Markdown, a pipe table with caption and notes."""
        if self.reason:
            return "\n\n".join([self.reason, *self.notes])
        heads = [str(head).translate(_MARKDOWN) for head in self.frame.columns]
        rules = ["---:" if i in self.numeric else "---" for i in range(len(heads))]
        rows = [[str(text).translate(_MARKDOWN) for text in row] for row in self.frame.itertuples(index=False)]
        lines = ["| " + " | ".join(cells) + " |" for cells in (heads, rules, *rows)]
        return "\n\n".join(filter(None, [self.caption, "\n".join(lines), *self.notes]))

    def to_word(self, path: str | Path) -> None:
        """Write a Word document: caption, table with a head that each page repeats, notes; an old file is replaced.

        Parameters
        ----------
        path : str or Path
            Of the .docx file.

        Raises
        ------
        ValueTableError
            A name that does not end in ``.docx``.
        """
        from docx import Document
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.oxml import OxmlElement

        check_ending(path, ".docx", "A Word document")
        document = Document()
        document.core_properties.author, document.core_properties.title = "", storable(self.caption)
        if self.caption:
            document.add_paragraph(storable(self.caption), style="Caption")
        if self.frame.shape[1] and not self.reason:
            rows = [list(map(str, self.frame.columns)), *self.frame.itertuples(index=False)]
            table = document.add_table(len(rows), len(rows[0]), style="Table Grid")
            table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
            for texts, row in zip(rows, table.rows, strict=True):
                for column, (text, cell) in enumerate(zip(texts, row.cells, strict=True)):
                    paragraph = cell.paragraphs[0]
                    paragraph.add_run(storable(text)).bold = row._index == 0
                    if column in self.numeric:
                        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        for note in filter(None, (self.reason, *self.notes)):
            document.add_paragraph(storable(note))
        with whole_file(path) as part:
            document.save(str(part))

    def _styler(self, escape: str, frame: pd.DataFrame | None = None, uuid: str | None = None) -> Any:
        from pandas.io.formats.style import Styler

        table = (self.frame if frame is None else frame).copy()
        heads = list(map(str, table.columns))
        table.columns = pd.RangeIndex(len(heads))  # a Styler refuses two heads of one name
        styler = Styler(table, uuid=uuid or "t", uuid_len=10, cell_ids=False)
        styler = styler.hide(axis="index").format(escape=escape)
        return styler.format_index(lambda i: _escaped(heads[int(str(i))], escape), axis="columns")

    def _notes_html(self) -> str:
        return "".join(f"<p>{html.escape(note)}</p>" for note in self.notes)


def _escaped(text: str, escape: str) -> str:
    return html.escape(text) if escape == "html" else text.translate(_LATEX)
