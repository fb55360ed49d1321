"""The disk of the store is full in the middle of the work: it is named, and with room again nothing is lost."""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.main import EXIT_FAILED, run
from tests.system.customers import SYSTEMS, Office, population
from tests.system.world import world, written

CUSTOMERS = 24
LEFT = 96 * 1024
"""Bytes that are left on the disk when it is nearly full: for the first transactions of a sync, and not for all."""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 24 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("only root may make a small disk, and not everywhere")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)  # noqa: S607 (found on the path, as mount is)


def fill(place: Path) -> Path:
    """Fill a disk but for a little."""
    filler = place / "filler"
    free = os.statvfs(place).f_bavail * os.statvfs(place).f_frsize
    filler.write_bytes(b"x" * (free - LEFT))
    return filler


def test_a_full_disk_is_named_and_with_room_again_the_next_sync_ends_the_work(
    small_disk: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = small_disk / "project"
    with world(folder, population(CUSTOMERS, 8), systems=tuple(SYSTEMS), store="sqlite:///crmhub.db") as here:
        assert run(["migrate", "--project", str(folder)]) == 0
        filler = fill(small_disk)
        capfd.readouterr()
        assert run(["sync", "--project", str(folder)]) == EXIT_FAILED
        said = capfd.readouterr()
        assert "disk is full" in said.err
        assert "Traceback" not in said.out + said.err
        filler.unlink()
        office = Office(here, random.Random(8), CUSTOMERS)
        office.work(edits=3)
        after = here.sync()
        assert (after["status"], after["errors"]) == ("ok", [])
        here.settle()
        assert office.doubles() == office.lost() == office.missing() == []
        here.control("/_stats/reset", {})
        assert written(here.sync()) == 0
