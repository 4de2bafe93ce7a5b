"""The timeline: a frozen, versioned document that says what every frame and sample of a rendition is.

Picture time is counted in frames of ``rate``, sound in samples at 48 kHz. A person may edit the document.
"""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import Field, model_validator

from reelforge.domain.caption_style import CaptionStyle
from reelforge.domain.colour import HEX, Colour
from reelforge.domain.value import Value


class Source(Value):
    """A file: by its content in the asset store (``sha256``), or by a path, relative to the timeline's own file.

    When both are given the store is asked first and the path's content must have that hash.
    """

    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    """The SHA-256 of the file's content."""
    path: str | None = None
    """Where the file is: absolute, from ``~``, or counted from the folder of the timeline's own file."""

    @model_validator(mode="after")
    def _one_given(self) -> Source:
        if not (self.sha256 or self.path):
            raise ValueError("a source needs a sha256 or a path")
        return self


class Rate(Value):
    """Frames per second as a fraction, so that 29.97 is exactly 30000/1001."""

    num: int = Field(default=30, ge=1, le=240_000)
    """Frames in ``den`` seconds; 1 to 240 frames a second are possible."""
    den: int = Field(default=1, ge=1, le=1_001)
    """Seconds; 1001 for the rates of television."""

    def frame_at(self, sample: int, sample_rate: int = 48_000) -> int:
        """The frame nearest to a sample (halves round up)."""
        return (2 * sample * self.num + self.den * sample_rate) // (2 * self.den * sample_rate)

    def sample_at(self, frame: int, sample_rate: int = 48_000) -> int:
        """The first sample of a frame (rounded to nearest)."""
        return (2 * frame * self.den * sample_rate + self.num) // (2 * self.num)

    def seconds(self, frame: int) -> float:
        return frame * self.den / self.num


class Size(Value):
    """Pixels; both even, as 4:2:0 needs."""

    width: int = Field(default=1080, ge=16, le=8192, multiple_of=2)
    """Columns."""
    height: int = Field(default=1920, ge=16, le=8192, multiple_of=2)
    """Rows."""


class SafeArea(Value):
    """Margins that platforms cover with their own controls (row V5), in px of a frame whose shorter side is 1080."""

    top: int = Field(default=250, ge=0)
    """From the upper edge."""
    bottom: int = Field(default=300, ge=0)
    """From the lower edge."""
    left: int = Field(default=60, ge=0)
    """From the left edge."""
    right: int = Field(default=120, ge=0)
    """From the right edge."""


class Motion(Value):
    """How a picture moves over its shot: from one view to another.

    A view is a zoom (1 = the picture just covers the frame) about a centre given as fractions of the picture's width
    and height, clamped so that the frame is always covered.
    """

    name: str = "ken_burns"
    """One of ``render/motions/``."""
    zoom: tuple[float, float] = (1.0, 1.12)
    """How near the first and the last view are, 1–16; 1 shows as much of the picture as the frame can hold."""
    start: tuple[float, float] = (0.5, 0.5)
    """Where the first view's centre is: across (0 left, 1 right) and down (0 top, 1 bottom)."""
    end: tuple[float, float] = (0.5, 0.5)
    """Where the last view's centre is, likewise."""
    easing: str = "sine_in_out"
    """The curve between the two: one of ``render/easing.py``."""
    amount: float = Field(default=1.0, ge=0, le=4)
    """How strong what a motion adds of its own is (drift, parallax, handheld); 1 is usual."""
    seed: int = Field(default=0, ge=0, lt=1 << 32)
    """Chooses among a motion's random courses."""


class Transition(Value):
    """How a shot comes in: during its first ``frames`` frames the shot before it goes on beneath. Before the first shot
    there is black.
    """

    name: str = "cut"
    """One of ``render/transitions/``."""
    frames: int = Field(default=0, ge=0, le=240)
    """How many frames it takes, no more than either shot has. A file that leaves it out gets those of 0.4 s, or half of
    the shorter shot; its first shot none."""
    direction: Literal["left", "right", "up", "down"] = "left"
    """Where things move to, in those that have a direction."""
    easing: str = ""
    """The curve of its time, one of ``render/easing.py``; empty for the transition's own."""


class Effect(Value):
    """An effect on a shot."""

    name: str
    """One of ``render/effects/``."""
    settings: dict[str, Any] = Field(default_factory=dict)
    """Its settings by their names; what is left out is as that file says."""


class Clip(Value):
    """A piece of a video file."""

    source: Source
    """The video file."""
    start: float = Field(default=0.0, ge=0, le=86_400, allow_inf_nan=False)
    """The second of the file it begins at."""
    speed: float = Field(default=1.0, ge=0.1, le=10, allow_inf_nan=False)
    """How many times as fast it plays."""
    end: Literal["refuse", "hold", "loop"] = "refuse"
    """When the file is over before the shot: ``refuse`` the timeline, ``hold`` the last frame, or ``loop`` from
    ``start``.
    """
    volume_db: float | None = Field(default=None, ge=-60, le=12)
    """Its own sound in the mix, in dB; null leaves it silent."""


class Shot(Value):
    """One picture or clip on screen for ``frames`` frames, directly after the shot before it."""

    picture: Source | None = None
    """A picture; either this or ``clip``."""
    clip: Clip | None = None
    """A piece of a video file; either this or ``picture``."""
    frames: int = Field(ge=1, le=10_000_000)
    """How long it is on screen, its transition in included."""
    fit: Literal["cover", "blur"] = "cover"
    """A picture of another shape ``cover``s the frame, or is shown whole over a ``blur``red enlargement of itself."""
    mask: Source | None = None
    """A picture that is white where the subject is (or a depth map, near = white), which parallax needs."""
    motion: Motion = Motion()
    """How it moves; a clip stands still where none is given."""
    effects: tuple[Effect, ...] = ()
    """What is done to it, in this order."""
    transition: Transition = Transition()
    """How it comes in."""

    @model_validator(mode="before")
    @classmethod
    def _clips_move_by_themselves(cls, given: Any) -> Any:
        if isinstance(given, dict) and given.get("clip") is not None and "motion" not in given:
            return {**given, "motion": {"name": "still", "zoom": (1.0, 1.0)}}
        return given

    @model_validator(mode="after")
    def _one_given(self) -> Shot:
        if (self.picture is None) == (self.clip is None):
            raise ValueError("give a picture or a clip, not both" if self.clip else "a picture is missing, or a clip")
        return self

    @property
    def source(self) -> Source:
        """The file it shows."""
        found = self.picture or (self.clip and self.clip.source)
        assert found
        return found


class CueWord(Value):
    """A word on screen, highlighted while it is spoken: frames ``[first, last)`` of the timeline."""

    text: str = Field(min_length=1)
    """The word, up to 200 characters."""
    first: int = Field(ge=0)
    """The first frame in which it is highlighted."""
    last: int = Field(ge=0)
    """The frame before which the highlight ends."""
    said: int | None = Field(default=None, ge=0)
    """The frame before which its sound ends; null for ``last``."""
    emphasis: bool = False
    """Whether it stands out, as the style says."""


class Cue(Value):
    """A few words shown together during frames ``[first, last)``."""

    first: int = Field(ge=0)
    """The first frame it is seen in."""
    last: int = Field(ge=1)
    """The frame before which it goes; no cue begins before the one before it has gone."""
    words: tuple[CueWord, ...] = Field(min_length=1)
    """What is shown, up to 100, in the order in which they are spoken; their frames lie within the cue's."""
    y: float | None = Field(default=None, ge=0, le=1)
    """Where its centre stands, as a fraction of the height; null for where the style says."""


class Card(Value):
    """A text, best of at most five words, over the picture during frames ``[first, last)``."""

    text: str = Field(min_length=1)
    """What it says, up to 300 characters."""
    first: int = Field(ge=0)
    """The first frame it is seen in."""
    last: int = Field(ge=1)
    """The frame before which it goes."""
    kind: Literal["hook", "card"] = "card"
    """A ``hook`` is set larger than a ``card``."""
    y: float | None = Field(default=None, ge=0, le=1)
    """Where its centre stands, as a fraction of the height; null for where the style says."""


class CardStyle(Value):
    """How cards are drawn: bold text on a rounded panel; units as in :class:`CaptionStyle`."""

    font: str = "Montserrat ExtraBold"
    """One of ``fonts/``."""
    size: int = Field(default=96, ge=8, le=400)
    """The letters' size, px."""
    colour: Colour = Field(default="#ffffff", pattern=HEX)
    """Of the letters."""
    panel: Colour = Field(default="#101418d8", pattern=HEX)
    """Of the plate behind them."""
    accent: Colour = Field(default="#ffe14d", pattern=HEX)
    """Of the bar beside them."""
    y: float = Field(default=0.24, ge=0, le=1)
    """Where the panel's centre stands, as a fraction of the height."""
    enter: str = "rise"
    """How it comes in: one of ``render/animations.py``."""
    enter_seconds: float = Field(default=0.27, ge=0, le=3)
    """How long that takes."""
    leave: str = "fade"
    """How it goes: one of ``render/animations.py``, played backwards."""
    leave_seconds: float = Field(default=0.2, ge=0, le=3)
    """How long that takes."""


class Overlay(Value):
    """A template filled in, over the picture during frames ``[first, last)``."""

    template: str = Field(min_length=1)
    """One of ``config/templates/``, or the path of a template's file, counted from the timeline's own."""
    first: int = Field(default=0, ge=0)
    """The first frame it is seen in."""
    last: int | None = Field(default=None, ge=1)
    """The frame before which it goes; null for the end."""
    text: dict[str, str] = Field(default_factory=dict)
    """Its texts, by the names that the template's kind has for them."""
    image: Source | None = None
    """A PNG or WebP file, for those that show one."""
    settings: dict[str, Any] = Field(default_factory=dict)
    """Values of the template to change, in this overlay alone."""


class Span(Value):
    """Samples ``[start, end)`` of a track."""

    start: int = Field(ge=0)
    """The first sample."""
    end: int = Field(gt=0)
    """The sample before which it ends."""


class MusicBed(Value):
    """Music under the speech: spans of a track, best cut on bar lines, then faded out. At a gain of 0 dB it is as loud
    as the speech, or as −16 LUFS where nobody speaks.
    """

    track: Source
    """The music: WAV, FLAC, MP3, Ogg Vorbis, Opus, M4A, MP4, AAC or WebM."""
    spans: tuple[Span, ...] = Field(min_length=1)
    """Which parts of the track play, one after another from the video's start on."""
    fade_in: int = Field(default=2_400, ge=0)
    """How many samples the beginning fades in."""
    fade_out: int = Field(default=72_000, ge=0)
    """How many samples the end fades out."""
    crossfade: int = Field(default=480, ge=0)
    """How many samples two spans overlap."""
    gain_db: float = Field(default=-6.0, ge=-60, le=12)
    """How loud it is beside the speech, in dB."""


class Ducking(Value):
    """How far and how fast the music makes room for speech (raised cosine in dB, from the known word times)."""

    depth_db: float = Field(default=-12.0, ge=-40, le=0)
    """How much quieter music becomes under speech, in dB."""
    attack_ms: int = Field(default=200, ge=0)
    """How long it takes to become so, in milliseconds."""
    ahead_ms: int = Field(default=50, ge=0)
    """How long before the speech that is done."""
    hold_ms: int = Field(default=150, ge=0)
    """How long after the speech it stays so."""
    release_ms: int = Field(default=500, ge=0)
    """How long it takes to come back."""
    merge_gap_ms: int = Field(default=600, ge=0)
    """Pauses in speech shorter than this are not filled with music."""


class Envelope(Value):
    """How strong the music is (0–1), a value every ``step`` samples of the timeline."""

    step: int = Field(default=1_600, ge=1)
    """Samples from one value to the next; 1,600 is a thirtieth of a second."""
    values: tuple[float, ...] = ()
    """How strong the music is, 0 (silent) to 1; beyond is held at these."""


class SoundEffect(Value):
    """A short sound at one moment: air for a transition, a pop for a card. At a gain of 0 dB it is as loud as the
    speech, or as −16 LUFS where there is none; while someone speaks, it is quieter by half of what the music is.
    """

    name: str
    """One of ``sound/effects/``."""
    at: int = Field(ge=0)
    """The sample it is for: there a whoosh is loudest, there a pop begins."""
    gain_db: float = Field(default=-8.0, ge=-60, le=12)
    """How loud it is beside the speech, in dB."""
    pan: float = Field(default=0.0, ge=-1, le=1)
    """Where it comes from, from −1 (left) to 1 (right)."""


class AudioPlan(Value):
    """The sound: speech from sample ``speech_start``, the intervals in which someone speaks, and the music beneath.

    ``spoken`` and ``beats`` (of the music, for effects that follow it) hold timeline samples. Loudness follows ITU-R
    BS.1770-4 (LUFS), peaks are true peaks (dBTP).
    """

    speech: Source | None = None
    """The narration, a sound file."""
    speech_start: int = Field(default=0, ge=0)
    """The sample at which the narration begins."""
    spoken: tuple[Span, ...] = ()
    """When someone speaks: there the music makes room."""
    music: MusicBed | None = None
    """The music."""
    beats: tuple[int, ...] = ()
    """The samples of the music's beats, in order, for effects that follow them: without any, those stand still."""
    energy: Envelope = Envelope()
    """How strong the music is over time, for effects and overlays that follow it; left out, it is measured from the
    music, or from the speech where there is no music.
    """
    effects: tuple[SoundEffect, ...] = ()
    """Short sounds at single moments, in any order."""
    ducking: Ducking = Ducking()
    """How music makes room for speech."""
    loudness: float = Field(default=-14.0, ge=-40, le=-5)
    """Of the whole, integrated, in LUFS."""
    true_peak: float = Field(default=-1.0, ge=-12, le=0)
    """What no peak goes beyond, in dBTP."""


Codec = Literal["h264", "hevc"]
"""H.264 (ITU-T H.264, ISO/IEC 14496-10) plays everywhere; HEVC (H.265, 23008-2) needs fewer bits for the same look."""


LANGUAGE: Final = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$"
"""A language's tag (BCP 47, RFC 5646): its two or three letters, then script, region and the like."""
DRAFT: Final = "draft"
"""The preset of previews."""


class Encode(Value):
    """What the encoder is asked for. ``crf`` counts for software encoders, ``bitrate`` (bit/s) for hardware ones.

    ``crf`` is on x264's scale for either codec. ``max_bitrate`` (bit/s) is what no stretch of the picture goes above
    for long; ``max_bytes`` and ``max_average`` (bit/s) are what the whole file may have, sound included: a result that
    has more is made again, smaller. None is no limit.
    """

    quality: Literal["low", "medium", "high", "ultra"] = "high"
    """The preset that the rest comes from; it changes nothing by itself."""
    codec: Codec = "h264"
    """What the video is encoded as."""
    crf: int = Field(default=20, ge=0, le=51)
    """The quality software encoders keep: smaller is better and larger."""
    preset: str = "veryfast"
    """How much care x264 takes, from ultrafast to placebo; or draft, for previews, which keeps to no bit rate."""
    bitrate: int = Field(default=8_000_000, ge=100_000)
    """What hardware encoders aim at, bit/s."""
    max_bitrate: int = Field(default=12_000_000, ge=100_000)
    """What no stretch of the picture goes above for long, bit/s."""
    keyframe_seconds: float = Field(default=2.0, gt=0, le=10)
    """How far apart key frames are at most."""
    audio_bitrate: int = Field(default=128_000, ge=32_000, le=512_000)
    """Of the AAC sound, bit/s."""
    max_bytes: int | None = Field(default=None, ge=100_000)
    """How large the file may be, bytes; null for no limit."""
    max_average: int | None = Field(default=None, ge=200_000)
    """How many bits a second the file may have, sound included; null for no limit."""


class Timeline(Value):
    """One rendition, exactly."""

    version: Literal[1] = 1
    """The version of this format."""
    title: str = ""
    """What the video is called; for people."""
    language: str = Field(default="en", pattern=LANGUAGE)
    """The language of its texts (BCP 47, as in ``en`` or ``pt-BR``): it decides how they are set."""
    size: Size = Size()
    """The frame, in pixels."""
    rate: Rate = Rate()
    """Frames a second."""
    shots: tuple[Shot, ...] = Field(min_length=1)
    """What is shown, one shot directly after another: together they are as long as the video."""
    cues: tuple[Cue, ...] = ()
    """Captions, in order; they do not overlap."""
    caption_style: CaptionStyle = CaptionStyle()
    """How captions look."""
    cards: tuple[Card, ...] = ()
    """Short texts on a panel."""
    overlays: tuple[Overlay, ...] = ()
    """Logos, lower thirds, progress bars and the like, the lowest first."""
    card_style: CardStyle = CardStyle()
    """How cards look."""
    safe_area: SafeArea = SafeArea()
    """Where no text stands."""
    audio: AudioPlan = AudioPlan()
    """What is heard."""
    encode: Encode = Encode()
    """How the file is encoded."""

    @property
    def frames(self) -> int:
        return sum(shot.frames for shot in self.shots)

    @property
    def samples(self) -> int:
        return self.rate.sample_at(self.frames)
