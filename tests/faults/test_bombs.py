"""D9: small files that stand for gigabytes are refused within a second and 50 MB, measured in a process of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.config import ROOT
from tests.doubles import media
from tests.faults import bombs

SECONDS = 1.0
GROWTH = 50_000  # kB
MEASURED = """
import json, pathlib, sys, time
{imports}

def peak():
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1])

pathlib.Path("/proc/self/clear_refs").write_text("5")  # the peak begins here
before, start, said = peak(), time.process_time(), ""
try:
    {act}
except {refusal} as error:
    said = str(error)
print(json.dumps({{"seconds": time.process_time() - start, "growth": peak() - before, "said": said}}))
"""
SHEET = MEASURED.format(
    imports="from bot.archives import FileRefused\nfrom bot.editing import read_articles",
    act="read_articles(pathlib.Path(sys.argv[1]))",
    refusal="FileRefused",
)
PICTURE = MEASURED.format(
    imports="from bot.media.images import clean\nfrom bot.media.sandbox import Unfit",
    act='clean(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[1] + ".copy"))',
    refusal="Unfit",
)


@dataclass
class Reading:
    """`said`: why the file was refused; "" when it was read. `growth` in kB."""

    seconds: float
    growth: int
    said: str


def read(file: Path, script: str = SHEET) -> Reading:
    """In a fresh process, so that nothing measured is ours."""
    done = subprocess.run([sys.executable, "-c", script, str(file)], cwd=ROOT, check=True, capture_output=True, text=True)
    return Reading(**json.loads(done.stdout))


def refused(file: Path, script: str = SHEET) -> str:
    reading = read(file, script)
    assert reading.said
    assert reading.seconds <= SECONDS
    assert reading.growth < GROWTH
    return reading.said


@pytest.mark.parametrize(
    ("bomb", "why"),
    [
        (bombs.unpacks_to_300_megabytes, "unpacks to"),
        (bombs.unpacks_to_60_megabytes_of_noise, "larger than"),
        (bombs.packs_a_hundred_times, "times its size"),
        (bombs.has_100_000_entries, "directory"),
        (bombs.has_1_100_entries, "members"),
        (bombs.holds_an_archive, "archive inside"),
        (bombs.lies_about_its_size, "longer than the directory says"),
        (bombs.laughs_a_billion_times, "entities"),
        (bombs.reads_a_file_of_ours, "entities"),
        (bombs.has_6_000_rows, "5000 rows"),
        (bombs.has_a_row_at_the_end_of_the_sheet, "5000 rows"),
        (bombs.has_a_huge_cell, "20000 characters"),
        (bombs.has_half_a_million_cells, "cells in a row"),
        (bombs.has_rows_without_end, "too many cells"),
        (bombs.has_an_endless_tag, "endless tag"),
        (bombs.has_formats_without_end, "formats"),
        (bombs.is_no_archive, "no workbook"),
        (bombs.is_too_large, "larger than"),
    ],
)
def test_a_workbook_that_is_a_bomb_is_refused_at_once(bomb: bombs.Bomb, why: str, tmp_path: Path) -> None:
    bomb(tmp_path / "bomb.xlsx")
    assert why in refused(tmp_path / "bomb.xlsx")


@pytest.mark.parametrize(
    ("bomb", "why"),
    [
        (bombs.csv_with_a_huge_cell, "20000 characters"),
        (bombs.csv_with_an_endless_cell, "300000 characters"),
        (bombs.csv_with_6_000_rows, "5000 rows"),
        (bombs.csv_with_empty_rows_without_end, "5000 rows"),
        (bombs.csv_with_columns_without_end, "300000 characters"),
        (bombs.csv_with_a_row_over_lines_without_end, "300000 characters"),
        (bombs.is_too_large, "larger than"),
    ],
)
def test_a_csv_that_is_a_bomb_is_refused_at_once(bomb: bombs.Bomb, why: str, tmp_path: Path) -> None:
    bomb(tmp_path / "bomb.csv")
    assert why in refused(tmp_path / "bomb.csv")


def test_the_frame_around_the_bombs_is_a_workbook(tmp_path: Path) -> None:
    bombs.a_good_one(tmp_path / "good.xlsx")
    assert read(tmp_path / "good.xlsx").said == ""


def test_170_megapixels_in_20_kilobytes_are_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "bomb.png").write_bytes(media.bomb())
    assert len(media.bomb()) < 25_000
    assert refused(tmp_path / "bomb.png", PICTURE) == "too_many_pixels"
