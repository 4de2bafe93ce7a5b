"""The command line's way in: every error a person can cause ends in one sentence and an exit code."""

from __future__ import annotations

import signal
import sys
import threading
from contextlib import suppress
from functools import cache
from types import FrameType

from reelforge import lean
from reelforge.errors import ReelForgeError
from reelforge.resident.client import find_resident

TYPE_CHECKING = False  # as typing has it, which takes a tenth of what a command takes that the resident runs
if TYPE_CHECKING:
    from typer._click import Command

_INTERRUPTED = 128 + signal.SIGINT


def main() -> int:
    """Run a command. Exit code 0 only on success, 2 for what a person must mend, 1 for the rest, 130 for Ctrl-C.

    SIGTERM and SIGHUP end it in order, as Ctrl-C does: 143 and 129.
    """
    lean.starting()
    came = _ending_in_order()
    try:
        code = _run()
    except KeyboardInterrupt:
        code = _INTERRUPTED
    if code == _INTERRUPTED:
        with suppress(OSError):  # the terminal may be what went away
            sys.stderr.write("reelforge: Stopped before it was done.\n")
            sys.stderr.flush()
    lean.ending()
    return 128 + came[0] if came and code == _INTERRUPTED else code


def _run() -> int:
    """Let the process that draws frames do it, when there is one; else this one, and the next frame is that one's."""
    resident = find_resident(sys.argv)
    code = resident.asked(sys.argv) if resident else None
    if code is None:
        code = answered()
        if resident and code == 0:
            with suppress(OSError):  # this command's work is done
                resident.leave()
    return code


def answered() -> int:
    """Run the command of ``sys.argv`` in this process; gives its exit code."""
    import typer

    from reelforge.cli import print_refusal, unprinted

    try:
        result = _command().main(standalone_mode=False, prog_name="reelforge")
    except typer.Exit as ended:
        return ended.exit_code
    except typer.TyperException as mistake:
        text = mistake.format_message()
        end = "" if text.endswith((".", "!", "?")) else "."
        context = getattr(mistake, "ctx", None)
        command = context.command_path if context else "reelforge"
        if "\n" not in text:
            text = f"{text}{end} `{command} --help` shows how."
            if "--json" in sys.argv:
                print_refusal(text)
            text = f"reelforge: {text}"
        typer.echo(text, err=True)
        return 2
    except (typer.Abort, KeyboardInterrupt):
        return _INTERRUPTED
    except ReelForgeError as error:
        typer.echo(f"reelforge: {error}", err=True)
        return error.exit_code
    except OSError as error:
        if "--help" not in sys.argv:
            raise
        refused = unprinted(error)  # help is typer's to print
        typer.echo(f"reelforge: {refused}", err=True)
        return refused.exit_code
    return result if isinstance(result, int) else 0


@cache
def _command() -> Command:
    import typer

    from reelforge.cli import app

    return typer.main.get_command(app)


def _ending_in_order() -> list[int]:
    """Let the signals that would end the process at once, its programs and files left behind, be a Ctrl-C instead.

    Gives the list that holds those that came. What ignores a signal (``nohup``) goes on ignoring it.
    """
    came: list[int] = []

    def interrupt(number: int, _frame: FrameType | None) -> None:
        came.append(number)
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # so a script starts what it does not wait for
            signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.raise_signal(signal.SIGINT)

    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, interrupt)
    return came


if __name__ == "__main__":
    sys.exit(main())
