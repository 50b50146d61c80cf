"""Files that are made to hurt whoever opens them, each written to a path."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

MEGABYTE = 1_000_000
SHEET = "xl/worksheets/sheet1.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
FRAME = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
    f'ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="{TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/{SHEET}" ContentType="{TYPE}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" Type="{OFFICE}/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets>'
    "</workbook>",
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" '
    f'Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}
Bomb = Callable[[Path], None]
CELL = '<c t="inlineStr"><is><t>{}</t></is></c>'


def sheet(rows: str, before: str = "") -> str:
    return f'<?xml version="1.0"?>{before}<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'


def row(text: str) -> str:
    return f"<row>{CELL.format(text)}</row>"


def workbook(file: Path, body: str, more: dict[str, bytes] | None = None) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {**FRAME, SHEET: body}.items():
            archive.writestr(name, text)
        for name, content in (more or {}).items():
            archive.writestr(name, content)


def a_good_one(file: Path) -> None:
    workbook(file, sheet(row("id") + row("+62 351 895023")))


def noise(length: int) -> bytes:
    """Bytes that pack to about a tenth."""
    return b"".join(b"%d " % (number * 7919) for number in range(length // 8))[:length]


def unpacks_to_300_megabytes(file: Path) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in FRAME.items():
            archive.writestr(name, text)
        with archive.open(SHEET, "w") as stream:
            for _ in range(300):
                stream.write(b" " * MEGABYTE)


def unpacks_to_60_megabytes_of_noise(file: Path) -> None:
    workbook(file, sheet(""), {f"xl/media/{number}.bin": noise(6 * MEGABYTE) for number in range(10)})


def packs_a_hundred_times(file: Path) -> None:
    workbook(file, sheet(""), {"xl/media/a.bin": bytes(8 * MEGABYTE)})


def has_100_000_entries(file: Path) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(100_000):
            archive.writestr(str(number), b"")


def has_1_100_entries(file: Path) -> None:
    workbook(file, sheet(""), {f"xl/{number}.bin": b"a" for number in range(1_100)})


def holds_an_archive(file: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(10 * MEGABYTE))
    workbook(file, sheet(""), {"xl/embeddings/a.bin": inner.getvalue()})


def lies_about_its_size(file: Path) -> None:
    """100 MB that the directory, its check sum and the head of the member call one byte."""
    workbook(file, " " * 100 * MEGABYTE)
    content = bytearray(file.read_bytes())
    place = content.rfind(b"PK\x01\x02", 0, content.rfind(SHEET.encode()))
    content[place + 24 : place + 28] = struct.pack("<L", 1)
    file.write_bytes(content)


def laughs_a_billion_times(file: Path) -> None:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    workbook(file, sheet(row("&l9;"), f'<!DOCTYPE x [<!ENTITY l0 "lol">{entities}]>'))


def reads_a_file_of_ours(file: Path) -> None:
    workbook(file, sheet(row("&x;"), '<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/hostname">]>'))


def has_6_000_rows(file: Path) -> None:
    workbook(file, sheet("".join(row(str(number * 7919)) for number in range(6_000))))


def has_a_row_at_the_end_of_the_sheet(file: Path) -> None:
    workbook(file, sheet(f'<row r="1048576">{CELL.format("a")}</row>'))


def has_a_huge_cell(file: Path) -> None:
    workbook(file, sheet(row(noise(21_000).decode())))


def has_half_a_million_cells(file: Path) -> None:
    workbook(file, sheet("<row>" + "".join(f"<c><v>{n * 7919 % 10_007}</v></c>" for n in range(500_000)) + "</row>"))


def has_rows_without_end(file: Path) -> None:
    workbook(file, sheet("".join(f"<row><c><v>{n * 7919}</v></c></row>" for n in range(250_000))))


def has_an_endless_tag(file: Path) -> None:
    attributes = " ".join(f'a{number}="{number * 7919}"' for number in range(400_000))
    workbook(file, sheet(f"<row {attributes}/>"))


def has_formats_without_end(file: Path) -> None:
    fonts = "".join(f'<font><sz val="{number}"/></font>' for number in range(100_000))
    workbook(file, sheet(""), {"xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><fonts>{fonts}</fonts></styleSheet>'.encode()})


def is_no_archive(file: Path) -> None:
    file.write_bytes(noise(MEGABYTE))


def is_too_large(file: Path) -> None:
    with file.open("wb") as stream:
        stream.truncate(500 * MEGABYTE)


def csv_with_a_huge_cell(file: Path) -> None:
    file.write_text(f"id\n{'a' * 30_000}\n", encoding="utf-8")


def csv_with_an_endless_cell(file: Path) -> None:
    file.write_text('id\n"' + "a" * 9 * MEGABYTE, encoding="utf-8")


def csv_with_6_000_rows(file: Path) -> None:
    file.write_text("id\n" * 6_001, encoding="utf-8")


def csv_with_empty_rows_without_end(file: Path) -> None:
    file.write_text("\n" * 9 * MEGABYTE, encoding="utf-8")


def csv_with_columns_without_end(file: Path) -> None:
    file.write_text("," * 9 * MEGABYTE, encoding="utf-8")


def csv_with_a_row_over_lines_without_end(file: Path) -> None:
    file.write_text('"' + 'a\n","' * MEGABYTE, encoding="utf-8")
