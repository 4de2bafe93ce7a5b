"""What there is to hear in a track: its pulse, bars, key, sections. Runs in a worker process; see ``worker.py``."""
