"""Shared fixtures, and the switch that forbids skipping: in CI no data-backed or browser test may be left out."""

import os

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Tests that share what is costly to make (fixtures of a module) run on one core, so that it is made once."""
    for item in items:
        fixtures = getattr(item, "_fixtureinfo", None)
        defined = [found[-1] for found in fixtures.name2fixturedefs.values()] if fixtures else []
        if any(fixture.scope in ("module", "session") and fixture.baseid for fixture in defined):
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))


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
