"""A process of its own that looks into one video or sound, so that a hostile file can end or fill no other.

Run by its path with three arguments: the file, FFmpeg's name of its reader, and the seconds of processor time it has.
Prints one JSON object, or exits with 1 when the file cannot be read.
"""

import itertools
import json
import resource
import sys
from fractions import Fraction

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition

_MOST_BYTES = 4_000_000_000
"""Of address space; FFmpeg maps far more than it uses."""
_SECOND = 1_000_000
"""FFmpeg's unit of a container's duration."""


def look(path: str, reader: str) -> dict[str, object] | None:
    """What the file holds; None for neither pictures nor sound. Raises what av raises."""
    with av.open(path, format=reader, metadata_errors="ignore") as opened:
        videos = [stream for stream in opened.streams.video if not stream.disposition & Disposition.attached_pic]
        sounds = list(opened.streams.audio)
        if not videos and not sounds:
            return None
        found: dict[str, object] = {}
        if videos:
            videos[0].thread_count = 1
            frame = next(opened.decode(videos[0]))
            rate = videos[0].average_rate or videos[0].guessed_rate
            found |= {"width": frame.width, "height": frame.height, "rotation": frame.rotation % 360}
            found |= {"frame_rate": float(rate) if rate else None}
            found |= {"video_codec": videos[0].codec_context.codec.canonical_name}
        else:
            next(opened.decode(sounds[0]))
        if sounds:
            found |= {"audio_codec": sounds[0].codec_context.codec.canonical_name}
        duration_s = opened.duration / _SECOND if opened.duration else _played_s(opened)
        bit_rate = opened.bit_rate or (round(opened.size * 8 / duration_s) if duration_s else None)
        return found | {"duration_s": duration_s, "bit_rate": bit_rate}


def _played_s(opened: InputContainer) -> float:
    """The duration of a file that does not say it: recordings of a browser do not."""
    opened.seek(0)
    ends = (
        Fraction(packet.pts + (packet.duration or 0)) * packet.time_base
        for packet in itertools.chain(opened.demux())
        if packet.pts is not None
    )
    return float(max(ends, default=Fraction(0)))


def main(path: str, reader: str, seconds: int) -> int:
    """Look, within limits."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, _MOST_BYTES))
    try:
        found = look(path, reader)
    except (FFmpegError, StopIteration, ValueError, MemoryError):
        return 1
    if found is None:
        return 1
    sys.stdout.write(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
