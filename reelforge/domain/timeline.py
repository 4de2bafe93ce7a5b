"""The timeline: a frozen, versioned document that says what every frame and sample of a rendition is.

Picture time is counted in frames of ``rate``, sound in samples at 48 kHz. A person may edit the document.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from reelforge.domain.value import Value

Colour = str
HEX = r"^#[0-9a-fA-F]{6}([0-9a-fA-F]{2})?$"


class Source(Value):
    """A file: by its content in the asset store (``sha256``), or by a path, relative to the timeline's own file.

    When both are given the store is asked first and the path's content must have that hash.
    """

    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    path: str | None = None

    @model_validator(mode="after")
    def _one_given(self) -> Source:
        if not (self.sha256 or self.path):
            raise ValueError("a source needs a sha256 or a path")
        return self


class Rate(Value):
    """Frames per second as a fraction, so that 29.97 is exactly 30000/1001."""

    num: int = Field(default=30, ge=1, le=240_000)
    den: int = Field(default=1, ge=1, le=1_001)

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
    height: int = Field(default=1920, ge=16, le=8192, multiple_of=2)


class SafeArea(Value):
    """Margins in pixels of a 1080-wide frame that platforms cover with their own controls (row V5)."""

    top: int = Field(default=250, ge=0)
    bottom: int = Field(default=300, ge=0)
    left: int = Field(default=60, ge=0)
    right: int = Field(default=120, ge=0)


class Motion(Value):
    """How a picture moves over its shot: from one view to another.

    A view is a zoom (1 = the picture just covers the frame) about a centre given as fractions of the picture's width
    and height, clamped so that the frame is always covered. ``name`` is one of ``render/motions/``; ``amount`` scales
    what a motion adds of its own (drift, parallax, handheld), ``seed`` chooses among its random courses.
    """

    name: str = "ken_burns"
    zoom: tuple[float, float] = (1.0, 1.12)
    start: tuple[float, float] = (0.5, 0.5)
    end: tuple[float, float] = (0.5, 0.5)
    easing: str = "sine_in_out"
    amount: float = Field(default=1.0, ge=0, le=4)
    seed: int = Field(default=0, ge=0, lt=1 << 32)


class Transition(Value):
    """How a shot comes in: during its first ``frames`` frames the shot before it goes on beneath.

    ``name`` is one of ``render/transitions/``, ``direction`` where things move to in those that have one, ``easing``
    the curve of their time (empty: the transition's own).
    """

    name: str = "cut"
    frames: int = Field(default=0, ge=0, le=60)
    direction: Literal["left", "right", "up", "down"] = "left"
    easing: str = ""


class Effect(Value):
    """An effect on a shot: one of ``render/effects/`` by its name, with its settings, the rest as that file says."""

    name: str
    settings: dict[str, Any] = Field(default_factory=dict)


class Clip(Value):
    """A piece of a video file, from ``start`` seconds of it on, ``speed`` times as fast.

    ``end`` says what is shown when the file is over before the shot: by default that is an error. ``volume_db`` brings
    its own sound into the mix (none: it is silent).
    """

    source: Source
    start: float = Field(default=0.0, ge=0, le=86_400, allow_inf_nan=False)
    speed: float = Field(default=1.0, ge=0.1, le=10, allow_inf_nan=False)
    end: Literal["refuse", "hold", "loop"] = "refuse"
    volume_db: float | None = Field(default=None, ge=-60, le=12)


class Shot(Value):
    """One picture or clip on screen for ``frames`` frames, directly after the shot before it.

    ``fit`` says how a picture of another shape stands in the frame: it covers it, or is shown whole over a blurred
    enlargement of itself. ``mask`` is a picture that is white where the subject is (a subject's mask or a depth map,
    near = white), which parallax needs.
    """

    picture: Source | None = None
    clip: Clip | None = None
    frames: int = Field(ge=1, le=10_000_000)
    fit: Literal["cover", "blur"] = "cover"
    mask: Source | None = None
    motion: Motion = Motion()
    effects: tuple[Effect, ...] = ()
    transition: Transition = Transition()

    @model_validator(mode="after")
    def _one_given(self) -> Shot:
        if (self.picture is None) == (self.clip is None):
            raise ValueError("a shot shows either a picture or a clip")
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
    first: int = Field(ge=0)
    last: int = Field(ge=0)


class Cue(Value):
    """A few words shown together during frames ``[first, last)``."""

    first: int = Field(ge=0)
    last: int = Field(ge=1)
    words: tuple[CueWord, ...] = Field(min_length=1)


class CaptionStyle(Value):
    """How cues are drawn. Lengths are pixels of a 1080-wide frame, ``y`` the fraction of the height where the text's
    centre stands; colours are ``#rrggbb`` or ``#rrggbbaa``. ``font`` is a family name from ``fonts/``, ``shadow`` the
    opacity of the soft shadow, ``pop`` the seconds in which a cue comes up.
    """

    name: str = "modern"
    font: str = "Montserrat ExtraBold"
    size: int = Field(default=84, ge=8, le=400)
    colour: Colour = Field(default="#ffffff", pattern=HEX)
    highlight: Colour = Field(default="#ffe14d", pattern=HEX)
    stroke: Colour = Field(default="#000000", pattern=HEX)
    stroke_width: int = Field(default=8, ge=0, le=40)
    uppercase: bool = False
    y: float = Field(default=0.66, ge=0, le=1)
    max_words: int = Field(default=4, ge=1, le=12)
    max_chars: int = Field(default=26, ge=4, le=120)
    shadow: float = Field(default=0.45, ge=0, le=1)
    pop: float = Field(default=0.07, ge=0, le=1)


class Card(Value):
    """A text of at most five words over the picture during frames ``[first, last)``."""

    text: str = Field(min_length=1)
    first: int = Field(ge=0)
    last: int = Field(ge=1)
    kind: Literal["hook", "card"] = "card"


class CardStyle(Value):
    """How cards are drawn: bold text on a rounded panel; units as in :class:`CaptionStyle`."""

    font: str = "Montserrat ExtraBold"
    size: int = Field(default=96, ge=8, le=400)
    colour: Colour = Field(default="#ffffff", pattern=HEX)
    panel: Colour = Field(default="#101418d8", pattern=HEX)
    accent: Colour = Field(default="#ffe14d", pattern=HEX)
    y: float = Field(default=0.24, ge=0, le=1)


class Span(Value):
    """Samples ``[start, end)`` of a track."""

    start: int = Field(ge=0)
    end: int = Field(gt=0)


class MusicBed(Value):
    """Music under the speech: ``spans`` of the track played one after another, cut on bar lines, then faded out.

    ``gain_db`` is relative to the track normalised to the narration's loudness target; ``crossfade`` joins spans.
    """

    track: Source
    spans: tuple[Span, ...] = Field(min_length=1)
    fade_in: int = Field(default=2_400, ge=0)
    fade_out: int = Field(default=72_000, ge=0)
    crossfade: int = Field(default=480, ge=0)
    gain_db: float = Field(default=-6.0, ge=-60, le=12)


class Ducking(Value):
    """How far and how fast the music makes room for speech (raised cosine in dB, from the known word times)."""

    depth_db: float = Field(default=-12.0, ge=-40, le=0)
    attack_ms: int = Field(default=200, ge=0)
    ahead_ms: int = Field(default=50, ge=0)
    hold_ms: int = Field(default=150, ge=0)
    release_ms: int = Field(default=500, ge=0)
    merge_gap_ms: int = Field(default=600, ge=0)


class Envelope(Value):
    """How strong the music is (0–1), a value every ``step`` samples of the timeline."""

    step: int = Field(default=1_600, ge=1)
    values: tuple[float, ...] = ()


class AudioPlan(Value):
    """The sound: speech from sample ``speech_start``, the intervals in which someone speaks, and the music beneath.

    ``spoken`` and ``beats`` (of the music, for effects that follow it) hold timeline samples. Loudness follows ITU-R
    BS.1770-4 (LUFS), peaks are true peaks (dBTP).
    """

    speech: Source | None = None
    speech_start: int = Field(default=0, ge=0)
    spoken: tuple[Span, ...] = ()
    music: MusicBed | None = None
    beats: tuple[int, ...] = ()
    energy: Envelope = Envelope()
    ducking: Ducking = Ducking()
    loudness: float = Field(default=-14.0, ge=-40, le=-5)
    true_peak: float = Field(default=-1.0, ge=-12, le=0)


class Encode(Value):
    """What the encoder is asked for. ``crf`` counts for software encoders, ``bitrate`` (bit/s) for hardware ones."""

    quality: Literal["low", "medium", "high"] = "high"
    crf: int = Field(default=20, ge=0, le=51)
    preset: str = "veryfast"
    bitrate: int = Field(default=8_000_000, ge=100_000)
    max_bitrate: int = Field(default=12_000_000, ge=100_000)
    keyframe_seconds: float = Field(default=2.0, gt=0, le=10)
    audio_bitrate: int = Field(default=128_000, ge=32_000, le=512_000)


class Timeline(Value):
    """One rendition, exactly."""

    version: Literal[1] = 1
    title: str = ""
    language: str = "en"
    size: Size = Size()
    rate: Rate = Rate()
    shots: tuple[Shot, ...] = Field(min_length=1)
    cues: tuple[Cue, ...] = ()
    caption_style: CaptionStyle = CaptionStyle()
    cards: tuple[Card, ...] = ()
    card_style: CardStyle = CardStyle()
    safe_area: SafeArea = SafeArea()
    audio: AudioPlan = AudioPlan()
    encode: Encode = Encode()

    @property
    def frames(self) -> int:
        return sum(shot.frames for shot in self.shots)

    @property
    def samples(self) -> int:
        return self.rate.sample_at(self.frames)
