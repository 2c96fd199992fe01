"""Fixtures of the returns' tests: the excerpt written as workbook and as CSV."""

import pytest

from tests.returns.files import csv_folder, excerpt, workbook


@pytest.fixture(params=["workbook", "csv", "german csv"])
def written(request, tmp_path):
    """Write the excerpt after some changes, in each form."""

    def write(*changes):
        tables = excerpt()
        for change in changes:
            change(tables)
        if request.param == "workbook":
            return workbook(tmp_path, tables)
        return csv_folder(tmp_path, tables, *((";", ",") if request.param == "german csv" else (",", ".")))

    return write


@pytest.fixture
def book(tmp_path):
    def write(*changes):
        tables = excerpt()
        for change in changes:
            change(tables)
        return workbook(tmp_path, tables)

    return write
