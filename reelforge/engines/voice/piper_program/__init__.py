"""The program that runs in Piper's own Python; see ``__main__``. Nothing of ours imports it."""
