"""libav's filters, one after another."""

from __future__ import annotations

from av.filter import Graph
from av.video.frame import VideoFrame


class Chain:
    """A chain of filters for frames of one size and pixel format: :meth:`add` them, :meth:`end`, then push and pull.

    ``threads`` is how many threads a filter takes, 0 as many as there are cores.
    """

    def __init__(self, width: int, height: int, pixels: str, threads: int) -> None:
        self._graph = Graph()
        self._graph.threads = threads
        self._first = self._last = self._graph.add(
            "buffer", video_size=f"{width}x{height}", pix_fmt=pixels, time_base="1/90000", pixel_aspect="1/1"
        )

    def add(self, name: str, **settings: str) -> None:
        step = self._graph.add(name, **settings)
        self._last.link_to(step)
        self._last = step

    def end(self) -> None:
        self.add("buffersink")
        self._graph.configure()

    def push(self, frame: VideoFrame | None) -> None:
        self._first.push(frame)

    def pull(self) -> VideoFrame:
        """Raises av.error.BlockingIOError when another frame has to be pushed first, EOFError after the last."""
        found = self._last.pull()
        assert isinstance(found, VideoFrame)
        return found
