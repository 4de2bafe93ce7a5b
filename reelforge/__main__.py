"""The command line's way in: every error a person can cause ends in one sentence and an exit code."""

from __future__ import annotations

import sys

from reelforge.errors import ReelForgeError


def main() -> int:
    """Run a command. Exit code 0 only on success, 2 for what a person must mend, 1 for the rest, 130 for Ctrl-C."""
    import typer

    from reelforge.cli import app

    try:
        result = typer.main.get_command(app).main(standalone_mode=False, prog_name="reelforge")
    except typer.Exit as ended:
        return ended.exit_code
    except typer.TyperException as mistake:
        text = mistake.format_message()
        typer.echo(text if "\n" in text else f"reelforge: {text} `reelforge --help` shows how.", err=True)
        return 2
    except (typer.Abort, KeyboardInterrupt):
        return 130
    except ReelForgeError as error:
        typer.echo(f"reelforge: {error}", err=True)
        return error.exit_code
    return result if isinstance(result, int) else 0


if __name__ == "__main__":
    sys.exit(main())
