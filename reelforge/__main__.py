"""The command line's way in: every error a person can cause ends in one sentence and an exit code."""

from __future__ import annotations

import sys

from reelforge.errors import ReelForgeError


def main() -> int:
    """Run a command. Exit code 0 only on success, 2 for a user's mistake, 1 for everything else, 130 for Ctrl-C."""
    import click
    import typer

    from reelforge.cli import app

    try:
        command = typer.main.get_command(app)
        result = command.main(standalone_mode=False, prog_name="reelforge")
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.ClickException as mistake:
        mistake.show()
        return 2
    except (click.Abort, KeyboardInterrupt):
        return 130
    except ReelForgeError as error:
        print(f"reelforge: {error}", file=sys.stderr)  # noqa: T201 - this is where a person reads it
        return error.exit_code
    return result if isinstance(result, int) else 0


if __name__ == "__main__":
    sys.exit(main())
