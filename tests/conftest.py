"""What every test may ask for."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# On a fresh clone the first test that draws any letter at all spends seconds on a table of them, and a busy machine is
# no fault of an example.
settings.register_profile("ekasa", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ekasa")

OFFICIAL = Path(__file__).parents[2] / "shared" / "fs"


@pytest.fixture(scope="session")
def shared_fs() -> Path:
    """The folder of official schemas and signed samples, which lies beside the repository and not in it."""
    if not OFFICIAL.is_dir():
        pytest.skip(f"the official samples are not here: {OFFICIAL.relative_to(OFFICIAL.parents[1])}")
    return OFFICIAL
