"""What is kept: the journal (SQLite), the assets (files by hash), and the lock of the work folder."""
