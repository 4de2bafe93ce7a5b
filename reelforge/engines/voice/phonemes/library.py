"""The ctypes face of libespeak-ng (its ``speak_lib.h``). Imported by the helper program alone: the library is GPL-3."""

from __future__ import annotations

import ctypes
from ctypes import POINTER, c_char_p, c_int, c_short, c_ubyte, c_uint, c_void_p
from typing import Any, Final

_SYNCHRONOUS: Final = 2
_DONT_EXIT: Final = 0x8000
_UTF8: Final = 1
_RATE: Final = 1
_PITCH: Final = 3
_WORD_EVENT: Final = 1
_IPA_TIED_BY_CARET: Final = 0x02 | 0x80 | (ord("^") << 8)
"""IPA with ``^`` inside each phoneme of two letters, so that ``t^ʃ`` is told from ``t`` before ``ʃ``."""


class NoSuchVoiceError(Exception):
    """espeak-ng has no voice of that name or language."""


class _Event(ctypes.Structure):
    _fields_ = [
        ("type", c_int),
        ("unique_identifier", c_uint),
        ("text_position", c_int),
        ("length", c_int),
        ("audio_position", c_int),
        ("sample", c_int),
        ("user_data", c_void_p),
        ("id", ctypes.c_char * 8),
    ]


class _Voice(ctypes.Structure):
    _fields_ = [
        ("name", c_char_p),
        ("languages", c_void_p),
        ("identifier", c_char_p),
        ("gender", c_ubyte),
        ("age", c_ubyte),
        ("variant", c_ubyte),
        ("unused", c_ubyte),
        ("score", c_int),
        ("spare", c_void_p),
    ]


_Callback = ctypes.CFUNCTYPE(c_int, POINTER(c_short), c_int, POINTER(_Event))


def _language_tags(address: int | None) -> list[str]:
    """Read espeak's list: for each language one priority byte and a zero-terminated tag, ended by a zero byte."""
    tags: list[str] = []
    while address and ctypes.cast(address, POINTER(c_ubyte))[0]:
        tag = ctypes.string_at(address + 1)
        tags.append(tag.decode("ascii"))
        address += len(tag) + 2
    return tags


class EspeakLibrary:
    """One initialised espeak-ng; not for use by several threads. Raises OSError or RuntimeError when it cannot load."""

    def __init__(self) -> None:
        try:
            import espeakng_loader  # noqa: PLC0415 - its absence is an answer to give, not a reason to die at import
        except ImportError as missing:
            raise RuntimeError(str(missing)) from missing
        self._lib = self._bind(ctypes.CDLL(espeakng_loader.get_library_path()))
        data = str(espeakng_loader.get_data_path()).encode()
        self.rate: int = self._lib.espeak_Initialize(_SYNCHRONOUS, 0, data, _DONT_EXIT)
        if self.rate <= 0:
            raise RuntimeError("espeak-ng found no voice data")
        self._voices = self._list_voices()
        self._chosen = ""
        self._pcm = bytearray()
        self._words: list[tuple[int, int, int]] = []
        self._callback = _Callback(self._collect)
        self._lib.espeak_SetSynthCallback(self._callback)

    @staticmethod
    def _bind(lib: Any) -> Any:
        lib.espeak_Initialize.argtypes = [c_int, c_int, c_char_p, c_int]
        lib.espeak_ListVoices.restype = POINTER(POINTER(_Voice))
        lib.espeak_ListVoices.argtypes = [c_void_p]
        lib.espeak_SetVoiceByName.argtypes = [c_char_p]
        lib.espeak_SetParameter.argtypes = [c_int, c_int, c_int]
        lib.espeak_TextToPhonemes.restype = c_char_p
        lib.espeak_TextToPhonemes.argtypes = [POINTER(c_char_p), c_int, c_int]
        lib.espeak_Synth.argtypes = [c_char_p, ctypes.c_size_t, c_uint, c_int, c_uint, c_uint, c_void_p, c_void_p]
        return lib

    def _list_voices(self) -> dict[str, str]:
        """Language tag or voice name, in lower case, to the identifier espeak takes."""
        found: dict[str, str] = {}
        listed = self._lib.espeak_ListVoices(None)
        at = 0
        while listed[at]:
            voice = listed[at].contents
            identifier = voice.identifier.decode()
            for tag in (*_language_tags(voice.languages), identifier, voice.name.decode()):
                found.setdefault(tag.lower(), identifier)
            at += 1
        return found

    def languages(self) -> list[str]:
        """The language tags there are voices for, sorted."""
        return sorted(tag for tag in self._voices if "/" not in tag and " " not in tag)

    def choose(self, voice: str) -> None:
        """Take a voice by language tag (``en-us``, ``de``; a region without a voice falls back to its language)."""
        if voice == self._chosen:
            return
        wanted = voice.lower().replace("_", "-")
        while wanted not in self._voices and "-" in wanted:
            wanted = wanted.rpartition("-")[0]
        identifier = self._voices.get(wanted)
        if identifier is None or self._lib.espeak_SetVoiceByName(identifier.encode()) != 0:
            raise NoSuchVoiceError(voice)
        self._chosen = voice

    def ipa(self, text: str) -> list[str]:
        """The IPA of a text, one string a clause, words apart by spaces, phonemes of two letters tied by ``^``."""
        rest = c_char_p(text.encode())
        clauses: list[str] = []
        while rest.value:
            clauses.append(self._lib.espeak_TextToPhonemes(ctypes.byref(rest), _UTF8, _IPA_TIED_BY_CARET).decode())
        return clauses

    def speak(self, text: str, words_per_minute: int, pitch: int) -> tuple[bytes, list[tuple[int, int, int]]]:
        """Speech as 16-bit mono PCM at :attr:`rate`, and (first character, length, sample) of the words it tells."""
        self._lib.espeak_SetParameter(_RATE, words_per_minute, 0)
        self._lib.espeak_SetParameter(_PITCH, pitch, 0)
        self._pcm.clear()
        self._words.clear()
        data = text.encode()
        if self._lib.espeak_Synth(data, len(data) + 1, 0, 1, 0, _UTF8, None, None) != 0:
            raise RuntimeError("espeak-ng could not speak the text")
        return bytes(self._pcm), list(self._words)

    def _collect(self, wave: Any, count: int, events: Any) -> int:
        if wave and count > 0:
            self._pcm += ctypes.string_at(wave, count * 2)
        at = 0
        while events[at].type:
            event = events[at]
            if event.type == _WORD_EVENT:
                self._words.append((event.text_position - 1, event.length, event.sample))
            at += 1
        return 0
