"""SciPy's filters, imported when first used: they take 0.7 s to load, and most commands hear nothing."""

# ruff: noqa: PLC0415  # that is this module's purpose

from __future__ import annotations

from typing import Any


def butter(*given: Any, **named: Any) -> Any:
    from scipy import signal

    return signal.butter(*given, **named)


def firwin(*given: Any, **named: Any) -> Any:
    from scipy import signal

    return signal.firwin(*given, **named)


def sosfilt(*given: Any, **named: Any) -> Any:
    from scipy import signal

    return signal.sosfilt(*given, **named)


def upfirdn(*given: Any, **named: Any) -> Any:
    from scipy import signal

    return signal.upfirdn(*given, **named)


def convolve1d(*given: Any, **named: Any) -> Any:
    from scipy import ndimage

    return ndimage.convolve1d(*given, **named)


def maximum_filter1d(*given: Any, **named: Any) -> Any:
    from scipy import ndimage

    return ndimage.maximum_filter1d(*given, **named)
