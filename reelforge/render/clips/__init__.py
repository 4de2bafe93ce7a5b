"""Video files as layers: opened safely, read at any time of theirs, upright, in the renderer's own colours."""
