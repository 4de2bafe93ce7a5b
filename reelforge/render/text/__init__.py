"""Text set into sprites: shaping, fonts, captions and cards."""
