"""espeak-ng, kept at arm's length: it is GPL-3, so it runs as a program of its own and is never loaded into ours.

``python -m reelforge.engines.voice.phonemes`` is that program; :mod:`.client` is how the voices talk to it.
"""
