"""Files of returns for tests: a small excerpt of the bundled set, changed cell by cell, as workbook or CSV."""

import openpyxl

from optkommunen.returns.columns import TABLES, table
from optkommunen.returns.read import load_returns

BUNDLED = load_returns()
REAL = {"M01": "06438", "M02": "01054"}
TEMPLATE_HEAD = 4
"""Row of the heads in a template."""


def excerpt():
    """Two Musterkommunen, two months, one year: column names and lines of each table, as one would type them."""
    tables = {}
    for name in TABLES:
        frame = getattr(BUNDLED, name)
        frame = frame[frame["kommune"].isin(REAL)]
        if "period" in frame:
            frame = frame[frame["period"].isin(["2008-01", "2008-02", "2008"])]
        tables[name] = [list(frame.columns), *frame.astype(object).to_numpy().tolist()]
    return tables


def real_keys(tables):
    """The same numbers under real keys, as a researcher would have them: without status, without units."""
    del tables["units"]
    for lines in tables.values():
        for line in lines:
            del line[-1]
        for line in lines[1:]:
            line[0] = REAL[line[0]]


def drop_units(tables):
    del tables["units"]


def workbook(folder, tables):
    book = openpyxl.Workbook()
    book.active.title = "Hinweise"
    for name, lines in tables.items():
        sheet = book.create_sheet(name)
        for line in lines:
            sheet.append(line)
    path = folder / "returns.xlsx"
    book.save(path)
    return path


def csv_folder(folder, tables, separator=",", decimal="."):
    for name, lines in tables.items():
        text = "\n".join(separator.join(_text(cell, decimal) for cell in line) for line in lines) + "\n"
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def _text(cell, decimal):
    if cell is None:
        return ""
    return format(cell, ".12g").replace(".", decimal) if isinstance(cell, float) else str(cell)


def put(table, row, column, value):
    """Change one cell; rows as in the file, the line of names is row 1."""

    def change(tables):
        lines = tables[table]
        lines[row - 1][lines[0].index(column)] = value

    return change


def with_column(table, name, cells):
    """A further column; the cells of the rows below the line of names."""

    def change(tables):
        for line, cell in zip(tables[table], [name, *cells], strict=True):
            line.append(cell)

    return change


def fill(book, returns, keys, lang):
    """Write the numbers and words of returns into an empty template; ``keys`` gives the Musterkommune of each key."""
    service = {word: value for value, word in table("services").columns["service"].labels[lang].items()}
    for name in TABLES[:3]:
        sheet, known = book[table(name).title[lang]], table(name)
        lines = getattr(returns, name).set_index(known.identity)
        place = {column: number for number, column in enumerate(known.columns, 1)}
        typed = [column for column in known.columns if column in lines and column != "status"]
        for row in range(TEMPLATE_HEAD + 1, sheet.max_row + 1):
            identity = [sheet.cell(row, place[column]).value for column in known.identity]
            identity[0] = keys[identity[0]]
            identity[2:] = [service[word] for word in identity[2:]]
            if tuple(identity) in lines.index:
                for column in typed:
                    value = lines.loc[tuple(identity), column]
                    labels = known.columns[column].labels
                    sheet.cell(row, place[column]).value = labels[lang][value] if labels else value
    return book
