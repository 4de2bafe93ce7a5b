"""What is closed at the end of the block it was opened for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self


class Closing(ABC):
    """A base for what reads and writes files: leaving the block of a ``with`` closes it."""

    @abstractmethod
    def close(self) -> None:
        """Give back what is held open; harmless when it is done twice."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
