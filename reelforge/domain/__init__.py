"""Frozen values and the pure functions on them. Nothing here does I/O or imports another part of ReelForge."""
