"""Kinds of damage that happen to a CSV file between the office that publishes it and the researcher who reads it."""

import random
import re
from dataclasses import dataclass, replace

from tests.loaders.layouts import to_columns

UMLAUTS = str.maketrans({"ä": "õ", "ö": "÷", "ü": "³", "ß": "▀"})


@dataclass(frozen=True)
class Csv:
    """Lines of a table and where its parts are: heading lines, data lines, fields of key, time and values.

    `time` is None where time stands in the headings; `encoding` is that of the download.
    """

    lines: tuple[str, ...]
    heads: range
    data: range
    key: int
    name: int
    time: int | None
    values: range
    encoding: str

    def edit(self, change, which=None, rows=None):
        """Same table with the fields of some data lines changed by `change(field)`."""
        lines = list(self.lines)
        for at in self.data if rows is None else rows:
            fields = lines[at].split(";")
            for field in self.values if which is None else which:
                fields[field] = change(fields[field])
            lines[at] = ";".join(fields)
        return replace(self, lines=tuple(lines))

    def bytes(self, encoding=None):
        return "".join(f"{line}\n" for line in self.lines).encode(encoding or self.encoding)

    def without(self, gone):
        gone = set(gone)
        return replace(self, lines=tuple(line for at, line in enumerate(self.lines) if at not in gone))


def across(rows):
    """The same table with the time above the columns."""
    lines = to_columns(list(rows.lines))
    start = next(at for at, line in enumerate(lines) if at and line.startswith(";"))
    first = next(at for at in range(start, len(lines)) if not lines[at].startswith(";"))
    foot = next(at for at in range(first, len(lines)) if lines[at].startswith("_____"))
    width = len(lines[first].split(";"))
    return Csv(tuple(lines), range(start, first), range(first, foot), 0, 1, None, range(2, width), "cp1252")


def text(csv):
    return csv.bytes("utf-8").decode("utf-8")


def in_quotes(field, new):
    """Change the text of a field and keep its quotes."""
    inner = field.strip('"')
    return field.replace(inner, new(inner)) if inner else field


def number(field, new):
    """Change a number and leave a marker as it is."""
    return in_quotes(field, lambda inner: new(inner) if re.fullmatch(r"-?[\d.,]+", inner) and inner != "." else inner)


def grouped(field, mark):
    def group(inner):
        return (
            inner
            if not re.fullmatch(r"\d{4,}", inner.replace(".", ""))
            else f"{int(inner.replace('.', '')):,}".replace(",", mark)
        )

    return number(field, group)


def columns(csv, change):
    """Change the list of value fields in heading and data lines alike."""
    lines = list(csv.lines)
    for at in [*csv.heads, *csv.data]:
        fields = lines[at].split(";")
        values = [fields[field] for field in csv.values]
        lines[at] = ";".join(fields[: csv.values.start] + change(values) + fields[csv.values.stop :])
    return replace(csv, lines=tuple(lines))


def moved(csv, which, rows):
    """Give each of some rows the fields of the next one: a block of cells that was sorted or shifted alone."""
    lines = [csv.lines[at].split(";") for at in rows]
    taken = [[line[field] for field in which] for line in lines[1:] + lines[:1]]
    result = list(csv.lines)
    for at, line, fields in zip(rows, lines, taken, strict=True):
        for field, new in zip(which, fields, strict=True):
            line[field] = new
        result[at] = ";".join(line)
    return replace(csv, lines=tuple(result))


def exchanged(csv):
    """The first two value columns exchanged below their headings."""

    def exchange(line):
        fields, at = line.split(";"), csv.values.start
        fields[at : at + 2] = fields[at : at + 2][::-1]
        return ";".join(fields)

    lines = [exchange(line) if at in csv.data and len(csv.values) > 1 else line for at, line in enumerate(csv.lines)]
    return replace(csv, lines=tuple(lines))


def with_rows(csv, rows, change=str):
    """Some data lines printed a second time, changed or not, behind the last one."""
    lines = list(csv.lines)
    lines[csv.data.stop : csv.data.stop] = [change(csv.lines[at]) for at in rows]
    return replace(csv, lines=tuple(lines))


def shuffled(csv):
    order = list(csv.data)
    random.Random(1).shuffle(order)
    lines = list(csv.lines)
    for at, other in zip(csv.data, order, strict=True):
        lines[at] = csv.lines[other]
    return replace(csv, lines=tuple(lines))


def sorted_alone(csv):
    """The first value column sorted by size, the rest of the sheet left where it was."""
    lines = [csv.lines[at].split(";") for at in csv.data]
    field = csv.values.start
    cells = sorted((line[field] for line in lines), key=lambda cell: (not re.search(r"\d", cell), cell.zfill(12)))
    result = list(csv.lines)
    for at, line, cell in zip(csv.data, lines, cells, strict=True):
        line[field] = cell
        result[at] = ";".join(line)
    return replace(csv, lines=tuple(result))


def kreise(csv):
    """Data lines of Kreise that have a number in the first value column."""
    found = []
    for at in csv.data:
        fields = csv.lines[at].split(";")
        if re.fullmatch(r'"?\d{5}"?', fields[csv.key]) and re.search(r"\d", fields[csv.values.start]):
            found.append(at)
    return found


def amounts(csv):
    """One data line whose unit is money."""
    return [at for at in kreise(csv) if "EUR" in csv.lines[at]][:1]


def counts(csv):
    """One data line whose unit is not money."""
    return [at for at in kreise(csv) if "EUR" not in csv.lines[at]][:1]


def a_cell(csv, change, rows=None):
    """Change one value cell of one Kreis."""
    rows = kreise(csv)[2:3] if rows is None else rows
    return csv.edit(lambda field: in_quotes(field, change), [csv.values.start], rows)


def years(csv, old, new):
    """Put another year into the first data line, or into the headings if time stands there."""
    if csv.time is None:
        lines = list(csv.lines)
        for at in csv.heads:
            lines[at] = re.sub(old, new, lines[at], count=1)
        return replace(csv, lines=tuple(lines))
    return csv.edit(lambda field: re.sub(old, new, field), [csv.time], csv.data[:1])


def key_of(csv, new):
    return csv.edit(lambda field: in_quotes(field, lambda _: new), [csv.key], kreise(csv)[3:4])


OTHER = {"cp1252": "utf-8", "utf-8": "cp1252"}
YEAR = r"(?:19|20)\d\d"

DAMAGE = {
    "the other encoding": lambda c: text(c).removeprefix("\ufeff").encode(OTHER[c.encoding], "replace"),
    "an encoding of DOS": lambda c: text(c).encode("cp850", "replace"),
    "UTF-8 read as cp1252": lambda c: text(c).encode("utf-8").decode("cp1252", "replace").encode("utf-8"),
    "cp1252 read as DOS": lambda c: text(c).translate(UMLAUTS).encode("utf-8"),
    "umlauts replaced": lambda c: re.sub("[äöüßÄÖÜ]", "\ufffd", text(c)).encode("utf-8"),
    "UTF-16": lambda c: text(c).encode("utf-16"),
    "a byte order mark": lambda c: b"\xef\xbb\xbf" + text(c).removeprefix("\ufeff").encode("utf-8"),
    "CR line ends": lambda c: c.bytes().replace(b"\n", b"\r"),
    "CRLF line ends": lambda c: c.bytes().replace(b"\n", b"\r\n"),
    "commas as separator": lambda c: text(c).replace(";", ",").encode(c.encoding),
    "tabs as separator": lambda c: text(c).replace(";", "\t").encode(c.encoding),
    "decimal points": lambda c: c.edit(lambda f: number(f, lambda n: n.replace(".", "").replace(",", "."))).bytes(),
    "decimal mark and thousands mark exchanged": lambda c: c.edit(
        lambda f: number(f, lambda n: n.translate(str.maketrans(",.", ".,")))
    ).bytes(),
    "thousands commas": lambda c: c.edit(lambda f: grouped(f, ",")).bytes(),
    "thousands points": lambda c: c.edit(lambda f: grouped(f, ".")).bytes(),
    "thousands blanks": lambda c: c.edit(lambda f: grouped(f, " ")).bytes(),
    "numbers in powers of ten": lambda c: a_cell(c, lambda _: "2,81E+06").bytes(),
    "decimal zeros lost": lambda c: c.edit(lambda f: number(f, lambda n: re.sub(r"(?<=,\d)0$|,0+$", "", n))).bytes(),
    "zeros of the keys lost": lambda c: c.edit(lambda f: in_quotes(f, lambda k: k.lstrip("0")), [c.key]).bytes(),
    "every tenth row lost": lambda c: c.without(list(c.data)[5::10]).bytes(),
    "one Kreis lost": lambda c: c.without(kreise(c)[7:8]).bytes(),
    "a third of the rows lost": lambda c: c.without(c.data[len(c.data) * 2 // 3 :]).bytes(),
    "rows doubled": lambda c: with_rows(c, c.data[::7]).bytes(),
    "a row doubled with another value": lambda c: with_rows(
        c, kreise(c)[2:3], lambda line: a_cell(replace(c, lines=(line,)), lambda n: f"1{n}", [0]).lines[0]
    ).bytes(),
    "rows shuffled": lambda c: shuffled(c).bytes(),
    "keys shifted against names": lambda c: moved(c, [c.key], c.data).bytes(),
    "two keys exchanged": lambda c: moved(c, [c.key], kreise(c)[4:6]).bytes(),
    "a value column lost below its heading": lambda c: c.edit(lambda f: "", [c.values.start]).bytes(),
    "a column doubled": lambda c: columns(c, lambda v: [v[0], *v]).bytes(),
    "a heading line lost": lambda c: c.without(c.heads[-1:]).bytes(),
    "the foot lost": lambda c: replace(c, lines=c.lines[: c.data[-1] + 1]).bytes(),
    "cut in the middle of a row": lambda c: c.bytes()[: len(c.bytes()) * 2 // 5],
    "cut at the end of a row": lambda c: replace(c, lines=c.lines[: c.data[len(c.data) // 3]]).bytes(),
    "all cells quoted": lambda c: "".join(
        ";".join(f'"{f}"' for f in line.replace('"', "").split(";")) + "\n" for line in c.lines
    ).encode(c.encoding),
    "blanks around cells": lambda c: c.edit(lambda f: in_quotes(f, lambda n: f" {n} ")).bytes(),
    "indentation lost": lambda c: c.edit(str.strip, [c.name]).bytes(),
    "lines padded": lambda c: "".join(f"{line};;\n" for line in c.lines).encode(c.encoding),
    "a blank line": lambda c: replace(c, lines=(*c.lines[: c.data[9]], "", *c.lines[c.data[9] :])).bytes(),
    "a negative count": lambda c: a_cell(c, lambda n: f"-{n}", counts(c)).bytes(),
    "a year to come": lambda c: years(c, YEAR, "2505").bytes(),
    "a year long gone": lambda c: years(c, YEAR, "1822").bytes(),
    "a key of no Land": lambda c: key_of(c, "99999").bytes(),
    "a key of no Kreis": lambda c: key_of(c, "06499").bytes(),
    "a key of letters": lambda c: key_of(c, "O1001").bytes(),
    "a key made a date": lambda c: key_of(c, "01. Jan").bytes(),
    "a value made a date": lambda c: a_cell(c, lambda _: "12. Mrz").bytes(),
    "markers emptied": lambda c: c.edit(lambda f: "" if f in ("-", ".", "x", "...") else f).bytes(),
    "markers changed": lambda c: c.edit(lambda f: {"-": "–", ".": "*", "...": "…"}.get(f, f)).bytes(),
    "a text in a number cell": lambda c: a_cell(c, lambda _: "n.v.").bytes(),
    "an empty file": lambda c: b"",
}  # fmt: skip
"""Name and what it does to a table, as bytes of the damaged file."""

ONLY_ANOTHER_SOURCE = {
    "an amount of money below zero": lambda c: a_cell(c, lambda n: f"-{n}", amounts(c)).bytes(),
    "one column sorted alone": lambda c: sorted_alone(c).bytes(),
    "a digit changed": lambda c: a_cell(c, lambda n: n[:-1] + str((int(n[-1]) + 1) % 10)).bytes(),
    "two value columns exchanged below their headings": lambda c: exchanged(c).bytes(),
    "a column lost with its heading": lambda c: columns(c, lambda v: v[1:] if len(v) > 1 else v).bytes(),
    "a marker made 0": lambda c: c.edit(lambda f: {".": "0", "-": "0"}.get(f, f)).bytes(),
    "the first heading line lost": lambda c: c.without(c.heads[:1]).bytes(),
}  # fmt: skip
"""What no reader can see in the file itself: cells, columns or words are other ones, each of them possible.

A column sorted alone is seen where its totals stand in the same table (`test_genesis`)."""
