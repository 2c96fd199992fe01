"""Real and invented tables × kinds of damage: each damaged file gives the same values, or is refused and says where."""

import functools
import io
import re
import zipfile

import pytest

import optkommunen as ok
from optkommunen.errors import FileFormatError
from tests.loaders import invented
from tests.loaders.damage import DAMAGE, ONLY_ANOTHER_SOURCE, Csv, across
from tests.shared import shared

FOLDER = "data/official"
COUNTS = f"{FOLDER}/genesis_csv/192-71-4_alt.csv"
RATES = f"{FOLDER}/genesis_csv/659-71-4_alt.csv"
AREAS = f"{FOLDER}/genesis_csv/171-01-4_alt.csv"
YEARS = f"{FOLDER}/genesis_csv/AI-N-06_regionalatlas_bildung_kreise_2006-2019.csv"
INKAR = f"{FOLDER}/inkar_export_csv/INKAR2_econ.csv"
FLAT = f"{FOLDER}/genesis_ffcsv_zip/12411-01-01-4_ffcsv_de.zip"
PRICES = f"{FOLDER}/genesis_ffcsv_zip/61511-01-03-4_ffcsv_de.zip"


def genesis(path, lead=3, years=None):
    lines = shared(path).read_bytes().decode("cp1252").splitlines()
    start = next(at for at, line in enumerate(lines) if at and line.startswith(";"))
    first = next(at for at in range(start, len(lines)) if not lines[at].startswith(";"))
    foot = next(at for at in range(first, len(lines)) if lines[at].startswith("_____"))
    if years:  # of a long table, two years
        kept = [line for line in lines[first:foot] if line.startswith(years)]
        lines, foot = lines[:first] + kept + lines[foot:], first + len(kept)
    width = len(lines[first].split(";"))
    return Csv(tuple(lines), range(start, first), range(first, foot), 1, 2, 0, range(lead, width), "cp1252")


def inkar(path):
    lines = shared(path).read_bytes().decode("utf-8").splitlines()
    width = len(lines[0].split(";"))
    return Csv(tuple(lines), range(2), range(2, len(lines)), 0, 1, None, range(3, width), "utf-8")


def flat(path):
    with zipfile.ZipFile(io.BytesIO(shared(path).read_bytes())) as archive:
        lines = archive.read(archive.namelist()[0]).decode("utf-8").splitlines()
    header = lines[0].removeprefix("\ufeff").split(";")
    key, value = header.index("1_variable_attribute_code"), header.index("value")
    return Csv(
        tuple(lines),
        range(1),
        range(1, len(lines)),
        key,
        key + 1,
        header.index("time"),
        range(value, value + 1),
        "utf-8",
    )


OFFICIAL = {
    "counts": functools.partial(genesis, COUNTS),
    "rates": functools.partial(genesis, RATES),
    "areas": functools.partial(genesis, AREAS),
    "years": functools.partial(genesis, YEARS, years=("2008", "2009")),
    "across": lambda: across(genesis(COUNTS)),
    "inkar": functools.partial(inkar, INKAR),
    "flat": functools.partial(flat, FLAT),
    "prices": functools.partial(flat, PRICES),
}
INVENTED = {
    "invented rows": invented.genesis,
    "invented across": lambda: across(invented.genesis()),
    "invented inkar": invented.inkar,
    "invented flat": invented.flat,
}
FILES = OFFICIAL | INVENTED
EACH = [*INVENTED, *(pytest.param(name, marks=pytest.mark.shared) for name in OFFICIAL)]


@functools.cache
def table(name):
    return FILES[name]()


def read(raw, folder):
    path = folder / "download.csv"
    path.write_bytes(raw)
    frame = ok.read_official(path)
    columns = ["key", "period", "variable", "unit", "value", "marker", "name", "level", "area_status"]
    return frame[columns].sort_values(columns[:4]).reset_index(drop=True)


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sound")
    return functools.cache(lambda name: read(table(name).bytes(), folder))


@pytest.mark.parametrize("file", INVENTED)
def test_an_invented_table_in_an_official_layout_is_read_with_its_figures(file, sound):
    frame = sound(file)
    kreise = frame[frame["level"] == "kreis"]
    (year,) = frame["period"].str[:4].unique()
    figures = invented.figures(int(year))
    reporting = {key for key, (_, numbers) in figures.items() if len(key) == 5 and numbers}
    assert set(kreise.loc[kreise["value"].notna(), "key"]) - {"02000", "11000"} == reporting
    pupils = kreise[kreise["variable"].str.contains("insgesamt|Schüler$|Musterzahl") & (kreise["unit"] != "Tsd. EUR")]
    read = pupils.set_index("key")["value"].dropna().drop(["02000", "11000"], errors="ignore")
    assert read.to_dict() == {key: figures[key][1][0] for key in reporting}


@pytest.mark.parametrize("file", EACH)
@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_file_gives_the_same_values_or_is_refused(kind, file, sound, tmp_path):
    message = ""
    try:
        frame = read(DAMAGE[kind](table(file)), tmp_path)
    except FileFormatError as error:
        message = str(error)
    if message:
        assert re.match(r"download\.csv.*: .*; found .*\. .*\.", message, re.DOTALL)
    else:
        assert frame.equals(sound(file))


@pytest.mark.parametrize("kind", {**DAMAGE, **ONLY_ANOTHER_SOURCE})
def test_each_kind_of_damage_does_something(kind):
    assert any({**DAMAGE, **ONLY_ANOTHER_SOURCE}[kind](table(file)) != table(file).bytes() for file in INVENTED)


@pytest.mark.parametrize("kind", ONLY_ANOTHER_SOURCE)
def test_what_only_another_source_could_show_is_read_and_differs(kind, sound, tmp_path):
    """The list is honest: each of its kinds passes the reader with other values in at least one table."""
    silent = []
    for file in INVENTED:
        try:
            frame = read(ONLY_ANOTHER_SOURCE[kind](table(file)), tmp_path)
        except FileFormatError:
            continue
        silent += [file] if not frame.equals(sound(file)) else []
    assert silent
