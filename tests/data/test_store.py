"""data/raw as a data package: hashes, schemas, provenance."""

import csv
import hashlib
import json
import shutil

import pytest

from optkommunen.data import catalogue, store
from optkommunen.errors import IntegrityError, UnknownIndicatorError

RESOURCES = store.descriptor()["resources"]
CSV = [r["name"] for r in RESOURCES if r["format"] == "csv"]


@pytest.fixture
def copy(tmp_path):
    return shutil.copytree(store.data_folder(), tmp_path / "raw")


@pytest.mark.parametrize("entry", RESOURCES, ids=lambda r: r["name"])
def test_every_file_has_the_bytes_that_the_descriptor_says(entry):
    path = store.verified_path(entry["name"])
    assert path.stat().st_size == entry["bytes"]


@pytest.mark.parametrize("name", CSV)
def test_every_table_passes_its_schema(name):
    assert len(store.table(name)) == store.resource(name)["rows"]


@pytest.mark.parametrize("entry", RESOURCES, ids=lambda r: r["name"])
def test_a_flipped_byte_is_refused_with_expected_and_found_hash(entry, copy):
    path = copy / entry["path"]
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(
        IntegrityError, match=rf"{entry['path']}.*expected {entry['hash'][:20]}.*found sha256:.*make raw"
    ):
        store.verified_path(entry["name"], copy)


def test_a_missing_file_is_refused_with_the_way_out(copy):
    (copy / "context.csv").unlink()
    with pytest.raises(IntegrityError, match=r"context.csv .*Restore it"):
        store.table("context", copy)


def _rewrite(copy, name, change):
    """Change a table and its hash, so that only the schema can object."""
    path = copy / f"{name}.csv"
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    package = json.loads((copy / "datapackage.json").read_text(encoding="utf-8"))
    for entry in package["resources"]:
        if entry["name"] == name:
            entry["hash"] = "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()
    (copy / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.replace("06438,Offenbach", "6438,Offenbach", 1), "kommune"),
        (lambda t: t.replace("kreisfreie Stadt", "Stadtstaat", 1), "kind"),
        (lambda t: t.replace("kommune,name", "kommune,bezeichnung", 1), "must have the columns"),
        (lambda t: t.rsplit("\n", 2)[0] + "\n", "69 rows"),
    ],
    ids=["lost zero", "unknown category", "renamed column", "lost row"],
)
def test_a_table_that_breaks_its_schema_is_refused(copy, change, message):
    _rewrite(copy, "municipalities", change)
    with pytest.raises(IntegrityError, match=message):
        store.table("municipalities", copy)


@pytest.mark.parametrize(("name", "cell"), [("kreise", "01001"), ("municipalities", "kreisfreie Stadt")])
def test_an_empty_cell_where_one_is_required_is_refused(copy, name, cell):
    _rewrite(copy, name, lambda text: text.replace(f"{cell},", ",", 1))
    with pytest.raises(IntegrityError, match=r"breaks its schema in 1 places.*str_length"):
        store.table(name, copy)


def test_a_settled_file_is_hashed_once_and_one_just_written_each_time(copy, monkeypatch):
    hashed, sha256 = [], hashlib.sha256
    monkeypatch.setattr(hashlib, "sha256", lambda data: hashed.append(data) or sha256(data))
    for _ in range(2):
        store.verified_path("kreise", copy)
    assert len(hashed) == 2
    monkeypatch.setattr(store, "_SETTLED", -1.0)
    for _ in range(2):
        store.verified_path("kreise", copy)
        store.table("kreise", copy)
    assert len(hashed) == 3
    path = copy / "kreise.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("Kiel", "Kehl", 1), encoding="utf-8")
    with pytest.raises(IntegrityError, match="is not the file"):
        store.table("kreise", copy)


def test_a_key_that_occurs_twice_is_refused(copy):
    def change(text):
        head, first, *rest = text.splitlines()
        return "\n".join([head, first, first, *rest[1:]]) + "\n"

    _rewrite(copy, "kreise", change)
    with pytest.raises(IntegrityError, match="breaks its schema"):
        store.table("kreise", copy)


def test_text_cells_hold_what_the_file_says_and_never_nothing(copy):
    for name in CSV:
        frame = store.table(name)
        assert frame.select_dtypes("str").notna().all(axis=None)
    assert (store.table("municipalities")["published_ring"] == "").any()
    _rewrite(copy, "kreise", lambda text: text.replace("Flensburg", "NA", 1))
    assert "NA" in set(store.table("kreise", copy)["name"])


def test_true_and_false_are_read_as_such_and_another_word_is_refused(copy):
    path = store.data_folder() / "municipalities.csv"
    with path.open(encoding="utf-8", newline="") as file:
        words = [row["city_over_100k"] for row in csv.DictReader(file)]
    assert store.table("municipalities")["city_over_100k"].tolist() == [word == "true" for word in words]
    _rewrite(copy, "municipalities", lambda text: text.replace(",true,", ",yes,", 1))
    with pytest.raises(IntegrityError, match="breaks its schema"):
        store.table("municipalities", copy)


def test_an_unknown_table_is_refused_and_the_known_ones_are_listed():
    with pytest.raises(IntegrityError, match="municipalities, kreise, context"):
        store.table("nothing")


@pytest.mark.parametrize("entry", RESOURCES, ids=lambda r: r["name"])
def test_every_field_names_publisher_licence_and_area_status(entry):
    for field in [*entry["schema"]["fields"], *entry.get("indicators", [])]:
        assert field["publisher"], field["name"]
        assert field["licence"], field["name"]
        assert field["area_status"], field["name"]
        assert field["attribution"], field["name"]


def test_every_context_indicator_names_code_unit_and_reference_date():
    for entry in store.resource("context")["indicators"]:
        assert entry["code"], entry["name"]
        assert entry["unit"], entry["name"]
        assert entry["reference_date"], entry["name"]


def test_the_schuldnerquote_names_its_origin():
    (entry,) = [i for i in store.resource("context")["indicators"] if i["name"] == "debtor_rate"]
    assert "Creditreform" in entry["notes"]


def test_catalogue_and_descriptor_describe_the_same_columns_and_nothing_twice():
    import tomllib

    path = store.data_folder().parents[1] / "optkommunen" / "data" / "catalogue.toml"
    words = tomllib.loads(path.read_text(encoding="utf-8"))
    described = {entry["name"] for entry in store.resource("context")["indicators"]}
    assert described <= set(words)
    for name in described:
        assert not {"unit_en", "time_base", "source"} & set(words[name])


def test_an_unknown_indicator_is_refused_with_the_nearest_names():
    with pytest.raises(UnknownIndicatorError, match="unemployment_rate"):
        catalogue.indicator("unemployed_rate")
