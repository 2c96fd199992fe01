"""A workbook of twelve municipalities over three years with more than thirty faults, each of its own kind and place."""

import datetime

import openpyxl

from optkommunen.data.register import names
from optkommunen.returns.read import load_returns
from tests.own_returns import REAL

KEYS = [f"M{i:02d}" for i in range(1, 13)]


def sound_book():
    """Returns of twelve under real keys, as their association would have them: key and name in each row."""
    returns = load_returns().only(KEYS)
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name in ("monthly", "annual", "services"):
        frame = getattr(returns, name).drop(columns="status")
        frame["kommune"] = frame["kommune"].map(REAL)
        frame.insert(1, "name", frame["kommune"].map(names()))
        sheet = book.create_sheet(name)
        sheet.append(list(frame.columns))
        for line in frame.astype(object).itertuples(index=False):
            sheet.append([None if cell is None or cell != cell else cell for cell in line])
    return book


def spoil(book):
    """Plant the faults of `PLANTED`."""
    monthly, annual, services = book["monthly"], book["annual"], book["services"]
    heads = {sheet.title: [cell.value for cell in sheet[1]] for sheet in book}

    def cell(sheet, row, column):
        return sheet.cell(row, heads[sheet.title].index(column) + 1)

    cell(monthly, 5, "bg").value = "k.A."
    cell(monthly, 12, "ehb").value = "5.455"
    cell(monthly, 20, "persons").value = 5455.5
    cell(monthly, 28, "aktivierte").value = -5
    cell(monthly, 36, "sanktionen").value = 1e19
    cell(monthly, 44, "ehb_u25").value, cell(monthly, 44, "ehb_u25").number_format = 0.97, "0%"
    cell(monthly, 52, "eingliederungen").value = datetime.datetime(2008, 5, 1)
    cell(monthly, 60, "bg").value = True
    cell(monthly, 68, "bg").value = "#DIV/0!"
    cell(monthly, 68, "bg").data_type = "e"
    cell(monthly, 76, "bg").value = "=A1+1"
    cell(monthly, 84, "ehb_u25").value = cell(monthly, 84, "ehb").value + 50
    for row, key in ((92, "Entenhausen"), (96, "05111"), (100, "Landkreis Mittelsachsen"), (108, None)):
        cell(monthly, row, "kommune").value, cell(monthly, row, "name").value = key, None
    cell(monthly, 116, "name").value = "Coesfeld"
    cell(monthly, 124, "period").value = "2031-05"
    cell(monthly, 132, "period").value = datetime.datetime(2026, 8, 1)
    cell(monthly, 140, "period").value = 3.2008
    cell(monthly, 149, "period").value = cell(monthly, 148, "period").value
    cell(monthly, 200, "bg").value //= 10
    cell(monthly, 240, "eingliederungen").value, cell(monthly, 240, "eingliederungen_u25").value = 0, None
    year = [row for row in range(2, monthly.max_row + 1) if _is(monthly, row, "M08", "2007")]
    total = 0
    for row in year:
        total += cell(monthly, row, "sanktionen").value
        cell(monthly, row, "sanktionen").value = total
    rows = {key: [row for row in range(2, monthly.max_row + 1) if _is(monthly, row, key)] for key in ("M09", "M10")}
    for row, other in zip(rows["M09"], rows["M10"], strict=True):
        cell(monthly, other, "aktivierte_u25").value = cell(monthly, row, "aktivierte_u25").value
    cell(services, 5, "service").value = "Rentenberatung"
    cell(services, 12, "municipal_share").value = 850
    cell(services, 20, "need").value *= 100
    cell(services, 1, "waiting_days").value = "waiting_dys"
    annual.row_dimensions[7].hidden = True
    annual.cell(4, 15).value = 17
    cell(annual, 25, "cost_total").value = int(cell(annual, 25, "cost_transfers").value * 1.02)
    cell(annual, 30, "staff_u25").value = 0.1
    for row in range(2, annual.max_row + 1):
        cell(annual, row, "cost_kdu").value //= 1000
    book.create_sheet("Tabelle3").append(["x"])


def _is(sheet, row, key, year=""):
    return sheet.cell(row, 1).value == REAL[key] and str(sheet.cell(row, 3).value).startswith(year)


PLANTED = {
    ("number_text", "D5"), ("number_ambiguous", "F12"), ("number_fraction", "E20"), ("number_negative", "K28"),
    ("number_huge", "M36"), ("number_percent", "G44"), ("number_date", "I52"), ("number_truth", "D60"),
    ("cell_error", "D68"), ("cell_formula", "D76"), ("part", "F84:G84"), ("key_unknown", "A92"),
    ("key_foreign", "A96"), ("key_later", "A100"), ("key_empty", "A108"), ("key_and_name", "B116"),
    ("period_future", "C124"), ("period_apart", "C132"), ("period_form", "C140"), ("row_twice", "149:149"),
    ("jump", "D200"), ("zero", "I240"), ("cumulated", "M266:M277"), ("equal_series", "L290:L361"),
    ("choice_unknown", "D5"), ("share_range", "L12"), ("jump", "F20"), ("head_misspelt", "H1"),
    ("rows_hidden", "7:7"), ("head_unnamed", "O1"), ("sum_of_costs", "G25"), ("jump", "F30"),
    ("unit_of_rows", "I2:I37"), ("sheet_unknown", ""),
}  # fmt: skip
"""Kind and cells of each finding that the faults lead to."""
