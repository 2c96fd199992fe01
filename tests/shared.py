"""Where the official files lie: beside the checkout, read-only, and not part of it."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


def shared(path: str) -> Path:
    """Path of a file below the shared folder; the test is skipped if it is not there."""
    found = SHARED / path
    if not found.exists():
        pytest.skip(f"official files not found: {path}")
    return found
