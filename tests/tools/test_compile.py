"""data/raw is compiled anew from the official files and compared; the screen on invented columns."""

import json
import subprocess
import sys
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pytest

from optkommunen.data import store
from tests.shared import shared

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    shared("data/official")
    output = tmp_path_factory.mktemp("raw")
    subprocess.run([sys.executable, ROOT / "tools" / "compile_data_raw.py", "--output", output], check=True)
    return output


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.parametrize("entry", store.descriptor()["resources"], ids=lambda r: r["name"])
def test_a_new_compilation_gives_the_same_tables_byte_for_byte(compiled, entry):
    if entry["format"] in ("csv", "json"):
        assert (compiled / entry["path"]).read_bytes() == (ROOT / "data" / "raw" / entry["path"]).read_bytes()
    else:  # another GEOS may order vertices differently: compare the shapes
        old = geopandas.read_file(ROOT / "data" / "raw" / entry["path"])
        new = geopandas.read_file(compiled / entry["path"])
        assert old.drop(columns="geometry").equals(new.drop(columns="geometry"))
        assert old.geometry.geom_equals_exact(new.geometry, tolerance=2).all()


@pytest.mark.shared
@pytest.mark.slow
def test_a_new_compilation_leaves_the_words_of_the_descriptor_as_they_are(compiled):
    def words(path):
        package = json.loads(path.read_text(encoding="utf-8"))
        for entry in package["resources"]:
            for generated in ("hash", "bytes", "rows"):
                entry.pop(generated)
        return package

    assert words(compiled / "datapackage.json") == words(ROOT / "data" / "raw" / "datapackage.json")


KEYS = [f"{i:05d}" for i in range(1, 201)]


def screened(monkeypatch, values, **extra):
    """Screen one invented indicator: 40 of 200 Kreise are ours."""
    from tools.raw import screen as module

    long = values.melt(ignore_index=False, var_name="period", value_name="value").reset_index(names="key")
    monkeypatch.setattr(module, "inkar", lambda: long.assign(edition="inkar-x", code="c"))
    own = pd.DataFrame({"kommune": KEYS[:40], "ags_2008": KEYS[:40], "ags_2021": KEYS[:40], "area_same_2021": "true"})
    kreise = pd.DataFrame({"key": KEYS, "valid_from": 2004, "valid_to": 2022})
    indicator = {"name": "invented", "source": "inkar-x", "code": "c"} | extra
    return module.screen([indicator], own, kreise).set_index("period")


@pytest.fixture
def sound():
    rng = np.random.default_rng(69)
    level = rng.normal(50, 5, size=(200, 1))
    return pd.DataFrame(level + rng.normal(0, 1, size=(200, 3)), index=KEYS, columns=["2006", "2007", "2008"])


def test_a_sound_column_passes_the_screen(monkeypatch, sound):
    assert screened(monkeypatch, sound)["verdict"].eq("sound").all()


def test_a_column_too_low_for_ours_alone_is_unusable(monkeypatch, sound):
    sound.loc[KEYS[:40], "2007"] -= 20
    found = screened(monkeypatch, sound)
    assert found.at["2007", "verdict"] == "column unusable"
    assert found.at["2007", "reason"].startswith("level")
    assert found.at["2008", "changes_69"] == 0  # the return to normal is not judged


def test_a_column_too_low_everywhere_passes(monkeypatch, sound):
    sound["2007"] -= 20
    assert screened(monkeypatch, sound)["verdict"].eq("sound").all()


def test_a_column_that_ours_did_not_deliver_is_unusable(monkeypatch, sound):
    sound.loc[KEYS[:40], "2006"] = np.nan
    found = screened(monkeypatch, sound)
    assert found.at["2006", "reason"].startswith("not delivered")


def test_jumps_among_ours_alone_are_unusable_cell_by_cell(monkeypatch, sound):
    sound.loc[KEYS[:10], "2008"] += 15
    found = screened(monkeypatch, sound)
    assert found.at["2008", "verdict"] == "cells unusable"
    assert set(KEYS[:10]) <= set(found.at["2008", "cells_jump"].split())


def test_jumps_that_are_as_frequent_elsewhere_pass(monkeypatch, sound):
    sound.loc[KEYS[::4], "2008"] += 15
    assert screened(monkeypatch, sound)["verdict"].eq("sound").all()
