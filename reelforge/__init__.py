"""ReelForge turns a topic into a finished, published short video, unattended."""

__version__ = "0.1.0"
