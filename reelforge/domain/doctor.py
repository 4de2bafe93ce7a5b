"""What ``reelforge check`` finds."""

from __future__ import annotations

from reelforge.domain.value import Value


class Finding(Value):
    """One thing a channel needs (``subject``), whether it is there, and, when not, the one thing to do.

    ``channel`` is empty for what every channel needs, and for a finding that was not made for one.
    """

    subject: str
    ok: bool
    sentence: str
    remedy: str = ""
    optional: bool = False
    channel: str = ""
