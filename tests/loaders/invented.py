"""Invented figures of every German Kreis in the layouts of the offices, to try the readers without their files."""

import random

from optkommunen.data import store
from tests.loaders.damage import Csv

LAENDER = {
    "01": "Schleswig-Holstein", "02": "Hamburg", "03": "Niedersachsen", "04": "Bremen", "05": "Nordrhein-Westfalen",
    "06": "Hessen", "07": "Rheinland-Pfalz", "08": "Baden-Württemberg", "09": "Bayern", "10": "Saarland",
    "11": "Berlin", "12": "Brandenburg", "13": "Mecklenburg-Vorpommern", "14": "Sachsen", "15": "Sachsen-Anhalt",
    "16": "Thüringen",
}  # fmt: skip
HEADS = (";;;Schüler;Schüler;Ausgaben", ";;;insgesamt;weiblich;insgesamt", ";;;Anzahl;Anzahl;Tsd. EUR")


def figures(year):
    """Key, name and three figures of Germany, the Länder and every Kreis of a year; dissolved ones without figures."""
    draw = random.Random(year)
    kreise = store.table("kreise")
    kreise = kreise[~kreise["key"].isin(["02000", "11000"])]
    valid = (kreise["valid_from"] <= year) & (kreise["valid_to"] >= year)
    rows = {}
    for key, name, kind, there in zip(kreise["key"], kreise["name"], kreise["kind"], valid, strict=True):
        pupils = draw.randrange(1_000, 20_000)
        numbers = [pupils, pupils // 2 + draw.randrange(100), draw.randrange(10_000, 900_000)]
        rows[key] = (f"{name}, {kind}", numbers if there else None)
    for land, name in LAENDER.items():
        parts = [numbers for key, (_, numbers) in rows.items() if key[:2] == land and len(key) == 5 and numbers]
        alone = [draw.randrange(50_000, 90_000) for _ in range(3)]  # Hamburg and Berlin are Land and Kreis in one
        rows[land] = (name, [sum(column) for column in zip(*parts, strict=True)] if parts else alone)
    whole = [sum(rows[land][1][at] for land in LAENDER) for at in range(3)]
    return {"DG": ("Deutschland", whole)} | dict(sorted(rows.items()))


def genesis(year=2014):
    """A GENESIS table with the time in the rows; one figure is suppressed."""
    lines = ["GENESIS-Tabelle: 90001-01-01-4", "Musterzählung der Schüler;;;;;", "Musterstatistik;;;;;", *HEADS]
    first = len(lines)
    for key, (name, numbers) in figures(year).items():
        cells = ["-"] * 3 if numbers is None else [str(n) for n in numbers]
        cells[1] = "." if key == "01003" else cells[1]
        lines.append(";".join([str(year), key, " " * {2: 2, 5: 6}[len(key)] * (key != "DG") + name, *cells]))
    foot = ["_____", "(C)opyright Erfunden für Tests der Bücherei", "Stand: 12.05.2016 / 19:41:11"]
    data = range(first, len(lines))
    return Csv((*lines, *foot), range(3, first), data, 1, 2, 0, range(3, 6), "cp1252")


def inkar(year=2017):
    """An INKAR export: every cell quoted, decimal comma, points between thousands."""
    lines = ["\ufeffKennziffer;Raumeinheit;Aggregat;Musterquote;Musterzahl;Musterausgaben", f";;;{year};{year};{year}"]
    for key, (name, numbers) in figures(year).items():
        if len(key) == 5 and numbers:
            share, count, money = numbers[1] / numbers[0], f"{numbers[0]:,}", f"{numbers[2] / 7:,.1f}"
            cells = [f"{100 * share:.1f}".replace(".", ","), count.replace(",", "."), money]
            cells[2] = money.translate(str.maketrans(",.", ".,"))
            lines.append(";".join(f'"{cell}"' for cell in [key, name, "Kreis", *cells]))
    for land in ("02", "11"):
        lines.insert(2, f'"{land}000";"{LAENDER[land]}";"krsfr. Stadt";"48,5";"77.123";"2.345,6"')
    return Csv(tuple(lines), range(2), range(2, len(lines)), 0, 1, None, range(3, 6), "utf-8")


def flat(year=2020):
    """A flat file (ffcsv): one line for each area and figure."""
    head = (
        "statistics_code;statistics_label;time_code;time_label;time;1_variable_code;1_variable_label;"
        "1_variable_attribute_code;1_variable_attribute_label;value;value_unit;value_variable_code;value_variable_label"
    )
    lines = ["\ufeff" + head]
    named = [("Anzahl", "MUS001", "Schüler"), ("Anzahl", "MUS002", "Schülerinnen"), ("Tsd. EUR", "MUS003", "Ausgaben")]
    level = {"DG": "DINSG;Deutschland"}
    for key, (name, numbers) in figures(year).items():
        area = level.get(key, "DLAND;Bundesländer" if len(key) == 2 else "KREISE;Kreise und kreisfreie Städte")
        for at, (unit, code, label) in enumerate(named):
            cell = "-" if numbers is None else numbers[at]
            before = f"90001;Musterstatistik;STAG;Stichtag;{year}-12-31;{area};{key};{name}"
            lines.append(f"{before};{cell};{unit};{code};{label}")
    return Csv(tuple(lines), range(1), range(1, len(lines)), 7, 8, 4, range(9, 10), "utf-8")
