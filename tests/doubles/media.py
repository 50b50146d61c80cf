"""Files as cameras, telephones and attackers make them; all are made here, none lies in the repository."""

from __future__ import annotations

import io
import struct
import tempfile
import zlib
from pathlib import Path

import av
import numpy as np
import pikepdf
import pillow_heif
from PIL import ExifTags, Image, PngImagePlugin

MAKER = "SapaKamera"
LAT, LON = (7.0, 39.0, 15.6), (111.0, 19.0, 55.2)  # south and east: in Magetan
DEGREES = (-7.65433, 111.332)
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><exif:GPSLatitude>7,39.26S</exif:GPSLatitude></x:xmpmeta>'
TRACES = (MAKER.encode(), b"GPSLatitude", b"-7.6543", b"-07.6543", b"Exif\0\0", b"xmpmeta")

pillow_heif.register_heif_opener()


def scene(seed: int, size: tuple[int, int] = (320, 240)) -> Image.Image:
    """A picture that shows something; another one for each seed."""
    small = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    return Image.fromarray(small).resize(size, Image.Resampling.BICUBIC)


def notes() -> Image.Exif:
    """What a camera writes into a picture."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make], exif[ExifTags.Base.Model] = MAKER, f"{MAKER} 12"
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitudeRef], place[ExifTags.GPS.GPSLatitude] = "S", LAT
    place[ExifTags.GPS.GPSLongitudeRef], place[ExifTags.GPS.GPSLongitude] = "E", LON
    return exif


def picture_of(form: str, seed: int = 1, size: tuple[int, int] = (320, 240)) -> bytes:
    """JPEG, PNG, WEBP or HEIF, with place and maker."""
    out = io.BytesIO()
    more = {"pnginfo": _texts()} if form == "PNG" else {"xmp": XMP} if form in ("JPEG", "WEBP") else {}
    scene(seed, size).save(out, form, exif=notes(), **more)
    return out.getvalue()


def _texts() -> PngImagePlugin.PngInfo:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("XML:com.adobe.xmp", XMP.decode())
    texts.add_text("Comment", MAKER, zip=True)
    return texts


def bare(seed: int, size: tuple[int, int] = (320, 240), quality: int = 90) -> bytes:
    """A JPEG without any notes."""
    out = io.BytesIO()
    scene(seed, size).save(out, "JPEG", quality=quality)
    return out.getvalue()


def pdf_with_photo(*, active: bool = False) -> bytes:
    """A scan: a camera's JPEG inside, and notes on the whole. `active`: with a script and a file."""
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=(320, 240))
        photo = pdf.make_stream(picture_of("JPEG"), Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=320, Height=240)
        photo.ColorSpace, photo.BitsPerComponent, photo.Filter = pikepdf.Name.DeviceRGB, 8, pikepdf.Name.DCTDecode
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=photo))
        page.Contents = pdf.make_stream(b"q 320 0 0 240 0 0 cm /Im0 Do Q")
        pdf.docinfo["/Creator"] = MAKER
        pdf.Root.Metadata = pdf.make_stream(XMP, Type=pikepdf.Name.Metadata, Subtype=pikepdf.Name.XML)
        if active:
            pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert('SapaJahat')")
            pdf.attachments["jahat.exe"] = b"MZ SapaJahat"
        pdf.save(out)
    return out.getvalue()


def film() -> bytes:
    """An MP4 that knows where and with what it was taken."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "film.mp4"
        with av.open(str(file), "w", format="mp4", options={"movflags": "use_metadata_tags"}) as out:
            out.metadata.update({"location": "-7.6543+111.3320/", "com.apple.quicktime.make": MAKER})
            track = out.add_stream("mpeg4", rate=10)
            track.width, track.height, track.pix_fmt = 64, 48, "yuv420p"
            for _ in range(3):
                out.mux(track.encode(av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24")))
            out.mux(track.encode())
        return file.read_bytes()


def bomb() -> bytes:
    """A PNG of 170 megapixels in 21 KB."""
    width, height = 13_000, 13_077
    rows = zlib.compress(bytes((width // 8 + 1) * height), 9)
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*one) for one in ((b"IHDR", head), (b"IDAT", rows), (b"IEND", b"")))


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
