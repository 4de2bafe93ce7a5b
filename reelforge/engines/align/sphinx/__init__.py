"""pocketsphinx, which finds words in sound, in worker programs of its own.

``python -m reelforge.engines.align.sphinx`` is a worker; :mod:`.client` is how the aligner talks to several of them.
Its bundled model is English; other languages are laid over it by their nearest sounds (:mod:`.arpabet`).
"""
