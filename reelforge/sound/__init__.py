"""Pure functions on samples that voices and the mix share: reading, resampling, loudness, limiting."""
