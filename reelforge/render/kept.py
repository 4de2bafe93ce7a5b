"""Things that are costly to make, each made once however many threads ask for it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Made = TypeVar("Made")


class Kept(Generic[Made]):
    """Keeps what was made as long as there is room for it; the longest unused goes first, the newest never.

    ``size`` tells the bytes of one of them. Safe for any number of threads; one whose making fails is not kept.
    """

    def __init__(self, most_bytes: int, size: Callable[[Made], int]) -> None:
        self._most = most_bytes
        self._size = size
        self._lock = threading.Lock()
        self._making: dict[Hashable, threading.Lock] = {}
        self._kept: OrderedDict[Hashable, Made] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Hashable, make: Callable[[], Made]) -> Made:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            making = self._making.setdefault(key, threading.Lock())
        with making:
            with self._lock:
                if key in self._kept:
                    return self._kept[key]
            made = make()
            with self._lock:
                self._kept[key] = made
                while len(self._kept) > 1 and sum(map(self._size, self._kept.values())) > self._most:
                    self._kept.popitem(last=False)
                self._making.pop(key, None)
            return made
