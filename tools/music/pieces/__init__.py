"""The pieces, one file a mood."""
