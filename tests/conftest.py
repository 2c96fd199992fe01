"""Shared fixtures, and the switch that forbids skipping: in CI no test of files, browser or LibreOffice is left out."""

import os

import pytest
from hypothesis import settings

settings.register_profile("untimed", deadline=None)  # no test is timed: a busy machine fails none
settings.load_profile("untimed")


def pytest_sessionfinish(session, exitstatus):
    """With OPTKOMMUNEN_NO_SKIP set, a skipped test fails the run and is named."""
    if not os.environ.get("OPTKOMMUNEN_NO_SKIP") or exitstatus != 0:
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if skipped:
        reporter.section("tests that must not be skipped here")
        for report in skipped:
            reporter.line(f"{report.nodeid}: {report.longrepr[-1]}")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
