"""A picture drawn anew: nothing of the old file but what one sees. HEIC and WebP become JPEG, which everybody can open."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pillow_heif
from PIL import ExifTags, Image, ImageOps

from bot.media.sandbox import Unfit, run
from domain.files import MOST_PIXELS

FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
LONGEST = 4096  # pixels of a side of what is kept
QUALITY = 88
FLAT = 24  # levels of grey: with less between the darkest and the lightest part, a picture shows nothing to compare
COLUMNS, ROWS = 9, 8  # of the small picture whose neighbours are compared
SOUTH_OR_WEST = ("S", "W")

Image.MAX_IMAGE_PIXELS = MOST_PIXELS
pillow_heif.register_heif_opener(thumbnails=False)


def clean(source: Path, target: Path) -> dict[str, Any]:
    """Draw it anew; its type, size (pixels), look and place (degrees). Raises Unfit, and what Pillow raises."""
    with _opened(source) as image:
        place = _place(image)
        image.draft("RGB", (LONGEST, LONGEST))
        drawn = ImageOps.exif_transpose(image)
    lossless = image.format == "PNG"
    drawn = _plain(drawn, lossless)
    drawn.thumbnail((LONGEST, LONGEST))
    if lossless:
        drawn.save(target, "PNG")
    else:
        drawn.save(target, "JPEG", quality=QUALITY)
    mime = "image/png" if lossless else "image/jpeg"
    return {"mime": mime, "width": drawn.width, "height": drawn.height, "look": look(drawn), "place": place}


def _opened(source: Path) -> Image.Image:
    """Only the head is read; one with too many pixels goes no further."""
    try:
        image = Image.open(source, formats=FORMATS)
    except Image.DecompressionBombError:
        raise Unfit("too_many_pixels") from None
    if image.width * image.height > MOST_PIXELS:
        raise Unfit("too_many_pixels")
    return image


def _plain(image: Image.Image, lossless: bool) -> Image.Image:
    """Pixels alone: no texts, profiles or dates beside them. Transparent pixels, which may hide some, become white."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        shown = image.convert("RGBA")
        image = Image.new("RGB", image.size, "white")
        image.paste(shown, mask=shown.getchannel("A"))
    plain = image.convert("L" if image.mode in ("1", "L") or image.mode.startswith("I") else "RGB")
    plain.info = {}
    return plain


def look(image: Image.Image) -> int | None:
    """64 bits of what a picture shows (dHash): whether each part is lighter than the next. None where it shows nothing."""
    small = image.convert("L").resize((COLUMNS, ROWS), Image.Resampling.LANCZOS)
    darkest, lightest = (int(level) for level in small.getextrema())  # type: ignore[arg-type]
    if lightest - darkest < FLAT:
        return None
    levels = small.tobytes()
    rows = [levels[start : start + COLUMNS] for start in range(0, len(levels), COLUMNS)]
    bits = [left > right for row in rows for left, right in pairwise(row)]
    return sum(bit << place for place, bit in enumerate(reversed(bits)))


def _place(image: Image.Image) -> list[float] | None:
    """Latitude and longitude (degrees) that the camera noted."""
    try:
        noted = image.getexif().get_ifd(ExifTags.IFD.GPSInfo)
        lat = _degrees(noted[ExifTags.GPS.GPSLatitude], noted[ExifTags.GPS.GPSLatitudeRef])
        lon = _degrees(noted[ExifTags.GPS.GPSLongitude], noted[ExifTags.GPS.GPSLongitudeRef])
    except Exception:  # notes that make no sense are no place
        return None
    return [lat, lon] if abs(lat) <= 90 and abs(lon) <= 180 else None


def _degrees(parts: Any, side: str) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    value = degrees + minutes / 60 + seconds / 3600
    return round(-value if side in SOUTH_OR_WEST else value, 6)


if __name__ == "__main__":
    run(clean)
