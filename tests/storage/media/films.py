"""Small videos and sounds, made as a camera or an export would make them."""

import math
import struct
from fractions import Fraction
from pathlib import Path

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image

XYZ = b"+52.5200+013.4050/"


def film(  # noqa: PLR0913  # a test names only what matters to it
    path: Path,
    *,
    seconds: float = 1.0,
    size: tuple[int, int] = (64, 48),
    rate: int = 24,
    codec: str = "mpeg4",
    sound: str | None = None,
    options: dict[str, str] | None = None,
    rotation: int = 0,
    metadata: dict[str, str] | None = None,
) -> Path:
    """A video of a colour that changes."""
    with av.open(str(path), "w", options=options or {}) as container:
        container.metadata.update(metadata or {})
        stream = container.add_stream(codec, rate=rate)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        if rotation:
            stream.set_display_rotation(rotation)
        audio = container.add_stream(sound, rate=48_000) if sound else None
        assert audio is None or isinstance(audio, AudioStream)
        for number in range(math.ceil(seconds * rate)):
            frame = VideoFrame.from_image(Image.new("RGB", size, (number * 7 % 256, 90, 40)))
            frame.pts, frame.time_base = number, Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if audio is not None:
            for number in range(int(seconds * 48_000) // 1024):
                noise = AudioFrame(format="fltp", layout="mono", samples=1024)
                noise.planes[0].update(struct.pack("<1024f", *(math.sin(i / 9) / 4 for i in range(1024))))
                noise.sample_rate, noise.pts, noise.time_base = 48_000, number * 1024, Fraction(1, 48_000)
                container.mux(audio.encode(noise))
            container.mux(audio.encode(None))
    return path


def sound(path: Path, *, codec: str, seconds: float = 1.0) -> Path:
    """A tone."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=44_100)
        assert isinstance(stream, AudioStream)
        for number in range(int(seconds * 44_100) // 1152):
            frame = AudioFrame(format="s16", layout="mono", samples=1152)
            frame.planes[0].update(struct.pack("<1152h", *(int(9_000 * math.sin(i / 9)) for i in range(1152))))
            frame.sample_rate, frame.pts, frame.time_base = 44_100, number * 1152, Fraction(1, 44_100)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def with_place(path: Path) -> Path:
    """The same MP4 with what a phone adds: its place in the user data, and in a box of its own at the end."""
    data = path.read_bytes()
    at = data.index(b"moov") - 4
    size = int.from_bytes(data[at : at + 4], "big")
    assert at + size == len(data), "the index has to be last, so that it may grow"
    entry = struct.pack(">I4sHH", 12 + len(XYZ), b"\xa9xyz", len(XYZ), 0x15C7) + XYZ
    user_data = struct.pack(">I4s", 8 + len(entry), b"udta") + entry
    private = struct.pack(">I4s16s", 24 + len(XYZ), b"uuid", bytes(range(16))) + XYZ
    grown = struct.pack(">I", size + len(user_data)) + data[at + 4 :] + user_data
    path.write_bytes(data[:at] + grown + private)
    return path


def with_positions(path: Path, at: bytes = b"N52.5200E013.4050") -> Path:
    """An MP4 with a track of positions beside the film, as action cameras write it."""
    with av.open(str(film(path.with_suffix(".plain.mp4")))) as plain, av.open(str(path), "w") as container:
        source = plain.streams.video[0]
        pictures = container.add_stream_from_template(source)
        positions = container.add_data_stream("bin_data")
        positions.time_base = Fraction(1, 1000)
        for packet in plain.demux(source):
            if packet.dts is not None:
                packet.stream = pictures
                container.mux(packet)
        for second in range(3):
            place = Packet(at)
            place.pts = place.dts = second * 300
            place.duration, place.time_base, place.stream = 300, Fraction(1, 1000), positions
            container.mux(place)
    return path
