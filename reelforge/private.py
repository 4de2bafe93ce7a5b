"""The folder for sockets whose place must be short, or found without settings: in /tmp, for their owner alone."""

from __future__ import annotations

import os

from reelforge.errors import InputError


def private_folder() -> str:
    """This user's folder in /tmp, made when it is missing. Raises InputError when others may write there, or a link or
    somebody else's folder has its name.
    """
    folder = f"/tmp/reelforge-{os.getuid()}"  # noqa: S108 - made private below
    try:
        os.mkdir(folder, 0o700)
    except FileExistsError:
        status = os.lstat(folder)
        if status.st_uid != os.getuid() or status.st_mode & 0o170077 != 0o040000:
            raise InputError(f"{folder} can be written by others.", remedy="Remove it and start again.") from None
    return folder
