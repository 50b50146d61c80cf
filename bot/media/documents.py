"""A PDF saved anew: without what it does by itself, files inside, and notes on who made it, where and with what."""

from __future__ import annotations

import base64
import zlib
from pathlib import Path
from typing import Any

import pikepdf

from bot.media.sandbox import LARGEST, Unfit, run

ABOUT = ("/Metadata", "/PieceInfo", "/Thumb", "/Measure", "/VP", "/LGIDict", "/LastModified", "/SpiderInfo")
ACTIVE = ("/AA", "/OpenAction", "/JavaScript", "/JS", "/EmbeddedFiles", "/AF", "/EF", "/XFA", "/Collection", "/RichMediaContent")
HARMLESS_ACTIONS = ("/GoTo", "/URI", "/Named")
JPEG_NOTES = {0xFE, *range(0xE1, 0xEE), 0xEF}  # comments and APP1 … APP15, but Adobe's, which tells the colours
SCAN, END = 0xDA, b"\xff\xd9"


def clean(source: Path, target: Path) -> dict[str, Any]:
    """Save it anew. Raises Unfit for one that needs a password, and what pikepdf raises."""
    try:
        pdf = pikepdf.open(source)
    except pikepdf.PasswordError:
        raise Unfit("locked") from None
    with pdf:
        if "/Info" in pdf.trailer:
            del pdf.trailer["/Info"]
        for thing in pdf.objects:
            _tidy(thing)
        if not len(pdf.pages):
            raise Unfit("broken")
        pdf.remove_unreferenced_resources()
        pdf.save(target, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return {"mime": "application/pdf"}


def _tidy(thing: Any) -> None:
    """One object and what stands directly in it."""
    if isinstance(thing, pikepdf.Stream):
        _tidy_entries(thing)
        _tidy_picture(thing)
    elif isinstance(thing, pikepdf.Dictionary):
        _tidy_entries(thing)
    elif isinstance(thing, pikepdf.Array):
        for inner in thing:
            _go_deeper(inner)


def _tidy_entries(thing: Any) -> None:
    for key in list(thing.keys()):
        if key in ABOUT or key in ACTIVE or (key == "/A" and not _is_harmless(thing[key])):
            del thing[key]
        else:
            _go_deeper(thing[key])


def _go_deeper(inner: Any) -> None:
    """Things with a number of their own are met by themselves."""
    if isinstance(inner, pikepdf.Object) and not inner.is_indirect:
        _tidy(inner)


def _is_harmless(action: Any) -> bool:
    return not isinstance(action, pikepdf.Dictionary) or str(action.get("/S", "")) in HARMLESS_ACTIONS


def _tidy_picture(stream: Any) -> None:
    """A JPEG inside may carry all that a camera writes."""
    named = stream.get("/Filter", [])
    filters = [str(name) for name in named] if isinstance(named, pikepdf.Array) else [str(named)]
    if filters[-1:] != ["/DCTDecode"]:
        return
    data = stream.read_raw_bytes()
    for name in filters[:-1]:
        data = _unpacked(data, name)
    stream.write(bare_jpeg(data), filter=pikepdf.Name.DCTDecode)


def _unpacked(data: bytes, name: str) -> bytes:
    if name == "/FlateDecode":
        return zlib.decompressobj().decompress(data, LARGEST)
    if name == "/ASCII85Decode":
        return base64.a85decode(data.strip().removesuffix(b"~>"))
    if name == "/ASCIIHexDecode":
        return bytes.fromhex(data.partition(b">")[0].decode("ascii"))
    raise Unfit("broken")


def bare_jpeg(data: bytes) -> bytes:
    """A JPEG without notes before its first scan and without anything after its end; its picture stays bit for bit."""
    kept, at = [data[:2]], 2
    while data[at : at + 1] == b"\xff" and data[at + 1] != SCAN:
        length = 2 + int.from_bytes(data[at + 2 : at + 4])
        if data[at + 1] not in JPEG_NOTES:
            kept.append(data[at : at + length])
        at += length
    scans, end, _ = data[at:].partition(END)
    return b"".join([*kept, scans, end or END])


if __name__ == "__main__":
    run(clean)
