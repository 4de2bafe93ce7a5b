"""The command line's way in: every error a person can cause ends in one sentence and an exit code."""

from __future__ import annotations

import signal
import sys
import threading
from contextlib import suppress
from types import FrameType

from reelforge import lean
from reelforge.errors import ReelForgeError

_INTERRUPTED = 128 + signal.SIGINT


def main() -> int:
    """Run a command. Exit code 0 only on success, 2 for what a person must mend, 1 for the rest, 130 for Ctrl-C.

    SIGTERM and SIGHUP end it in order, as Ctrl-C does: 143 and 129.
    """
    lean.starting()
    asked = _ending_in_order()
    code = _answered()
    if code == _INTERRUPTED:
        with suppress(OSError):  # the terminal may be what went away
            sys.stderr.write("reelforge: Stopped before it was done.\n")
            sys.stderr.flush()
    lean.ending()
    return 128 + asked[0] if asked and code == _INTERRUPTED else code


def _answered() -> int:
    import typer

    from reelforge.cli import app, print_refusal

    try:
        result = typer.main.get_command(app).main(standalone_mode=False, prog_name="reelforge")
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
    return result if isinstance(result, int) else 0


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
