"""What an .xlsx must keep to before a library opens it: small files can stand for gigabytes.

Its zip directory is read with bounds, every member is unpacked as a stream, every XML is walked through and nothing is kept.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from xml.parsers import expat
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

MAX_FILE = 10_000_000  # bytes; all articles of a regency are below half a million
MAX_UNPACKED = 10_000_000  # bytes, all members together: the library takes up to four times as much memory
MAX_RATIO = 100  # unpacked to packed; workbooks reach 20
MAX_ENTRIES = 1_000
MAX_DIRECTORY = 200_000  # bytes: a thousand entries with long names
MAX_CELL = 20_000  # characters
MAX_ELEMENTS = 400_000  # XML elements of cells, all members together
MAX_OTHERS = 20_000  # XML elements of formats, links and the like: the library makes heavy objects of them
MAX_COLUMNS = 100
MAX_TOKEN = 300_000  # bytes without any element or text: one endless tag
CELLS = {"row", "c", "v", "is", "t", "si"}
XML = (".xml", ".rels", ".vml")
ZIP = b"PK\x03\x04"
CHUNK = 65_536  # bytes
END = struct.Struct("<4s4H2LH")  # end of the directory: mark, disks, entries, size, offset, length of a comment
LOCATOR = 20  # bytes before it, where a directory with 64 bits would be announced
LOCAL = struct.Struct("<4s22x2H")  # head of a member: mark, length of its name and of its extra field


class FileRefused(Exception):
    """The file is not opened; the message says why."""


def check_archive(file: Path) -> None:
    """Raises FileRefused."""
    check_size(file)
    with file.open("rb") as stream:
        _check_directory(stream)
        try:
            with ZipFile(stream) as archive:
                _check_members(archive.infolist(), file.stat().st_size)
                _check_contents(stream, archive.infolist())
        except (BadZipFile, struct.error, zlib.error, ValueError, NotImplementedError, OSError) as error:
            raise FileRefused(f"no workbook: {error}") from error


def check_size(file: Path) -> None:
    """Raises FileRefused: no file, or too large a one."""
    if not file.is_file():
        raise FileRefused("no such file")
    if file.stat().st_size > MAX_FILE:
        raise FileRefused(f"larger than {MAX_FILE // 1_000_000} MB")


def _check_directory(stream: BinaryIO) -> None:
    """The library believes the size that stands at the end, so nothing but that end may stand there."""
    size = stream.seek(0, 2)
    stream.seek(max(0, size - END.size - LOCATOR))
    tail = stream.read()
    if len(tail) < END.size + LOCATOR:
        raise FileRefused("no workbook: too short")
    mark, *_disks, entries, length, _offset, comment = END.unpack(tail[LOCATOR:])
    if mark != b"PK\x05\x06" or comment or tail.startswith(b"PK\x06\x07"):
        raise FileRefused("no workbook: no plain zip directory at the end")
    if entries > MAX_ENTRIES or length > MAX_DIRECTORY:
        raise FileRefused(f"more than {MAX_ENTRIES} members")


def _check_members(members: list[ZipInfo], packed: int) -> None:
    unpacked = sum(member.file_size for member in members)
    if len(members) > MAX_ENTRIES:
        raise FileRefused(f"more than {MAX_ENTRIES} members")
    if unpacked > MAX_UNPACKED:
        raise FileRefused(f"unpacks to {unpacked} bytes, {MAX_UNPACKED} at most")
    if unpacked > packed * MAX_RATIO:
        raise FileRefused(f"unpacks to more than {MAX_RATIO} times its size")
    if len({member.filename for member in members}) < len(members):
        raise FileRefused("a member stands twice")


def _check_contents(stream: BinaryIO, members: list[ZipInfo]) -> None:
    budget = _Budget()
    for member in members:
        scan = _Scan(budget, member.filename) if member.filename.endswith(XML) else None
        length, first = 0, b""
        for chunk in _unpacked(stream, member):
            length, first = length + len(chunk), first or chunk[:4]
            if first == ZIP:
                raise FileRefused(f"{member.filename}: an archive inside the archive")
            if length > member.file_size:
                raise FileRefused(f"{member.filename}: longer than the directory says")
            if scan:
                scan.feed(chunk)


def _unpacked(stream: BinaryIO, member: ZipInfo) -> Iterator[bytes]:
    """The member in chunks, whatever length it claims."""
    if member.compress_type not in (ZIP_STORED, ZIP_DEFLATED) or member.flag_bits & 1:
        raise FileRefused(f"{member.filename}: packed or locked in a way that no spreadsheet uses")
    stream.seek(member.header_offset)
    _mark, name, extra = LOCAL.unpack(stream.read(LOCAL.size))
    stream.seek(name + extra, 1)
    plain = member.compress_type == ZIP_STORED
    return _packed(stream, member.compress_size) if plain else _inflated(_packed(stream, member.compress_size))


def _packed(stream: BinaryIO, length: int) -> Iterator[bytes]:
    while length > 0 and (chunk := stream.read(min(CHUNK, length))):
        length -= len(chunk)
        yield chunk


def _inflated(packed: Iterator[bytes]) -> Iterator[bytes]:
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    for piece in packed:
        rest = piece
        while rest and not inflate.eof:
            yield inflate.decompress(rest, CHUNK)
            rest = inflate.unconsumed_tail
    yield inflate.flush()


class _Budget:
    """What all members together have used."""

    def __init__(self) -> None:
        self.cells = self.others = 0

    def use(self, tag: str, attributes: int) -> None:
        if tag in CELLS:
            self.cells += 1
        else:
            self.others += 1 + attributes // 10
        if self.cells > MAX_ELEMENTS or self.others > MAX_OTHERS:
            raise FileRefused("too many cells or formats")


class _Scan:
    """Walks through one XML without keeping it. Raises FileRefused."""

    def __init__(self, budget: _Budget, name: str) -> None:
        self.budget, self.name = budget, name
        self.width = self.length = self.silent = 0
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._element
        self.parser.CharacterDataHandler = self._text

    def feed(self, chunk: bytes) -> None:
        self.silent += len(chunk)
        try:
            self.parser.Parse(chunk, False)
        except expat.ExpatError as error:
            raise FileRefused(f"{self.name}: no XML: {error}") from error
        if self.silent > MAX_TOKEN:
            raise FileRefused(f"{self.name}: an endless tag")

    def _doctype(self, *_declared: object) -> None:
        raise FileRefused(f"{self.name}: XML that declares entities")

    def _element(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        self.budget.use(name, len(attributes))
        self.width = 0 if name == "row" else self.width + (name == "c")
        self.length = self.silent = 0
        if self.width > MAX_COLUMNS:
            raise FileRefused(f"{self.name}: more than {MAX_COLUMNS} cells in a row")

    def _text(self, text: str) -> None:
        self.silent = 0
        self.length += len(text)
        if self.length > MAX_CELL:
            raise FileRefused(f"{self.name}: a text of more than {MAX_CELL} characters")
