"""One file or folder a language, named by its BCP 47 primary subtag, with a ``LANGUAGE`` class."""
