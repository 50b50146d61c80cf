"""Tables of texts as files: .xlsx for spreadsheets, .csv for everything else. What a cell says is never computed."""

from __future__ import annotations

import csv
import re
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TextIO

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.utils.escape import unescape

from bot.archives import MAX_CELL, MAX_COLUMNS, FileRefused, check_archive, check_size

MAX_ROWS = 5_000
MAX_ROW = 300_000  # characters of a row of CSV
MAX_WRONG = 100  # of cells; after that the file is no table of ours
SHEET = "articles"
SUFFIXES = (".xlsx", ".csv")
ACTIVE = re.compile(r"'*\s*[=+\-@\t\r＝＋－＠]")  # what a spreadsheet may compute, and what looks like our mark before it
QUOTED = re.compile(r"'+\s*[=+\-@\t\r＝＋－＠]")
SPECIAL = re.compile(r"[\x00-\x08\x0b-\x1f]|_(?=x[0-9A-Fa-f]{4}_)")  # what OOXML writes as _xHHHH_
LONE = re.compile(r"[\ud800-\udfff]")
WIDTH = 40  # characters of a column on the screen
TEXT = "@"  # the number format of a cell that stays what was typed


@dataclass(frozen=True, slots=True)
class Line:
    """One row as texts. `number`: as the spreadsheet shows it. `wrong`: (position from 0, what) of cells that hold no text."""

    number: int
    cells: tuple[str, ...]
    wrong: tuple[tuple[int, str], ...] = ()


Rows = list[tuple[str, ...]]
Writer = Callable[[Path, Rows], None]


def write_table(file: Path, rows: Rows) -> None:
    """The first row is the header. Raises FileRefused: the file would not read back the same, or is of another kind."""
    with_suffix(file)(file, rows)
    if [line.cells for line in read_table(file)] != rows:
        raise FileRefused("a cell does not survive being written")


def with_suffix(file: Path) -> Writer:
    writer = WRITERS.get(file.suffix.lower())
    if writer is None:
        raise FileRefused(f"neither {' nor '.join(SUFFIXES)}")
    return writer


def read_table(file: Path) -> list[Line]:
    """Every row that holds something. Raises FileRefused on anything too large or that is no table."""
    with_suffix(file)
    found: list[Line] = []
    wrong = 0
    for line in _lines(file):
        _check_line(line, len(found))
        wrong += len(line.wrong)
        if wrong > MAX_WRONG:
            raise FileRefused(f"row {line.number}: more than {MAX_WRONG} cells hold no text")
        if any(line.cells) or line.wrong:
            found.append(line)
    return found


def _lines(file: Path) -> Iterator[Line]:
    return _xlsx_lines(file) if file.suffix.lower() == ".xlsx" else _csv_lines(file)


def _check_line(line: Line, before: int) -> None:
    if line.number > MAX_ROWS or before > MAX_ROWS:
        raise FileRefused(f"more than {MAX_ROWS} rows")
    if len(line.cells) > MAX_COLUMNS:
        raise FileRefused(f"row {line.number}: more than {MAX_COLUMNS} columns")
    if any(len(cell) > MAX_CELL for cell in line.cells):
        raise FileRefused(f"row {line.number}: a cell of more than {MAX_CELL} characters")


def inert(cell: str) -> str:
    """A text that no spreadsheet computes: an apostrophe before what could be a formula."""
    return f"'{cell}" if ACTIVE.match(cell) else cell


def bare(cell: str) -> str:
    """The text without the apostrophe of `inert`."""
    return cell[1:] if QUOTED.match(cell) else cell


def _write_csv(file: Path, rows: Rows) -> None:
    """With the mark by which spreadsheets know UTF-8."""
    with file.open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream, quoting=csv.QUOTE_ALL).writerows(map(inert, row) for row in rows)


def _csv_lines(file: Path) -> Iterator[Line]:
    check_size(file)
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            delimiter = _delimiter(stream.readline(10_000))
            stream.seek(0)
            bounded = _Bounded(stream)
            for number, row in enumerate(csv.reader(bounded, delimiter=delimiter), start=1):
                bounded.length = 0
                yield Line(number, tuple(bare(cell).replace("\r\n", "\n") for cell in row))
    except UnicodeDecodeError as error:
        raise FileRefused("is not UTF-8: save it as CSV UTF-8") from error
    except csv.Error as error:
        raise FileRefused(f"no CSV: {error}") from error


class _Bounded:
    """Lines for one row after another. `length`: of the row so far, set back by whoever has got it. Raises FileRefused."""

    def __init__(self, stream: TextIO) -> None:
        self.stream, self.length = stream, 0

    def __iter__(self) -> Iterator[str]:
        while line := self.stream.readline(MAX_ROW + 1):
            self.length += len(line)
            if self.length > MAX_ROW:
                raise FileRefused(f"a row of more than {MAX_ROW} characters")
            yield line


def _delimiter(header: str) -> str:
    """Spreadsheets set to Indonesian write semicolons."""
    return max(",;\t", key=header.count)


def _write_xlsx(file: Path, rows: Rows) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet(SHEET)
    sheet.freeze_panes = "B2"
    for column in range(1, len(rows[0]) + 1 if rows else 1):
        sheet.column_dimensions[get_column_letter(column)].width = WIDTH
    for number, row in enumerate(rows):
        sheet.append([_text_cell(sheet, cell, header=number == 0) for cell in row])
    book.save(file)


def _text_cell(sheet: object, text: str, *, header: bool) -> Cell:
    cell = WriteOnlyCell(sheet, SPECIAL.sub(lambda found: f"_x{ord(found[0]):04X}_", text))  # type: ignore[arg-type]
    cell.data_type = "s"  # also of "=1": a text, no formula
    cell.number_format = TEXT
    cell.quotePrefix = True
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    cell.font = Font(bold=header)
    return cell


def _xlsx_lines(file: Path) -> Iterator[Line]:
    """The first sheet. Its file is checked before it is opened, and read row by row."""
    check_archive(file)
    try:
        with warnings.catch_warnings(action="ignore"), closing(load_workbook(file, read_only=True, keep_links=False)) as book:
            sheet = book.worksheets[0]
            sheet.reset_dimensions()  # what the file says of its own size is not believed
            for number, row in enumerate(islice(sheet.iter_rows(), MAX_ROWS + 1), start=1):
                yield _line(number, row)
    except Exception as error:  # the library raises whatever comes
        raise FileRefused(f"no workbook: {type(error).__name__}") from error


def _line(number: int, row: Iterable[Cell | MergedCell]) -> Line:
    cells: list[str] = []
    wrong: list[tuple[int, str]] = []
    for position, cell in enumerate(row):
        text, what = _cell_text(cell)
        cells.append(text)
        if what:
            wrong.append((position, what))
    return Line(number, tuple(cells), tuple(wrong))


def _cell_text(cell: Cell | MergedCell) -> tuple[str, str]:
    """Text, and what is wrong. Spreadsheets make days, truths and numbers of what people type."""
    value = cell.value
    if cell.data_type == "f" or cell.data_type == "e":
        return "", "a formula: write the text itself"
    if isinstance(value, str):
        return _decoded(value)
    if isinstance(value, bool):
        return str(value).lower(), ""
    if isinstance(value, datetime):
        return value.isoformat().removesuffix("T00:00:00"), ""
    return "" if value is None else str(value).removesuffix(".0"), ""


def _decoded(value: str) -> tuple[str, str]:
    text = unescape(value)
    return ("", "half a character") if LONE.search(text) else (text, "")


WRITERS: dict[str, Writer] = {".xlsx": _write_xlsx, ".csv": _write_csv}
