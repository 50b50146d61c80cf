"""Sound and films packed anew: the same sound and pictures, no notes, and no tracks of other data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av

from bot.media.sandbox import Unfit, run

# What the first bytes say, by the ending that the source was given: the reader, the writer, the type of the copy.
PACKAGES = {".mp4": ("mov", "mp4", "video/mp4"), ".ogg": ("ogg", "ogg", "audio/ogg"), ".mp3": ("mp3", "mp3", "audio/mpeg")}
SEEN_AND_HEARD = ("video", "audio")


def clean(source: Path, target: Path) -> dict[str, Any]:
    """Pack it anew. The reader is named: the library must not find one by itself that would open other files. Raises Unfit."""
    reader, writer, mime = PACKAGES[source.suffix]
    with av.open(str(source), format=reader, metadata_errors="ignore") as packed:
        tracks = [track for track in packed.streams if track.type in SEEN_AND_HEARD]
        if not tracks:
            raise Unfit("broken")
        films = packed.streams.video
        with av.open(str(target), "w", format=writer, options={"fflags": "+bitexact"}) as copy:
            _copy(packed, copy, tracks)
    size = {"width": films[0].width, "height": films[0].height} if films else {}
    return {"mime": mime if films or mime != "video/mp4" else "audio/mp4", **size}


def _copy(packed: Any, copy: Any, tracks: list[Any]) -> None:
    into = {track.index: copy.add_stream_from_template(track, opaque=True) for track in tracks}
    for packet in packed.demux(tracks):
        if packet.dts is not None:
            packet.stream = into[packet.stream.index]
            copy.mux(packet)


if __name__ == "__main__":
    run(clean)
