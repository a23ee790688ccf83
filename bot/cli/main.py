"""The door: runs a command, and turns every way it can fail into one sentence and an exit code.

0 done · 1 refused or failed · 2 wrong usage · 130 stopped. With --json an error is one object on standard output,
`{"error": {"code", "message", "field"?}}`; people get their sentences on standard error.
"""

import importlib
import json
import logging
import os
import re
import sys
from collections.abc import Mapping, Sequence

import click

from bot import logs
from bot.cli.running import Call
from bot.config import ConfigurationError
from bot.domain.errors import InvalidContent, UserError

_log = logging.getLogger(__name__)

DONE, FAILED, WRONG_USAGE, STOPPED = 0, 1, 2, 130

_COMMANDS = {
    "serve": "bot.cli.processes:serve",
    "worker": "bot.cli.processes:worker",
    "migrate": "bot.cli.processes:migrate",
    "doctor": "bot.cli.processes:doctor",
    "workspaces": "bot.cli.workspaces:workspaces",
    "brands": "bot.cli.brands:brands",
    "accounts": "bot.cli.accounts:accounts",
    "keys": "bot.cli.keys:keys",
    "posts": "bot.cli.posts:posts",
}


class _Commands(click.Group):
    """Loads a command's file when the command is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of a first day."""
        _ = ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name."""
        _ = ctx
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name].partition(":")
        command = getattr(importlib.import_module(module), name)
        return command if isinstance(command, click.Command) else None


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="herald", prog_name="herald")
def herald() -> None:
    """Herald publishes a team's posts at their second, exactly once."""


def main(argv: Sequence[str] | None = None, environ: Mapping[str, str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    call = Call(environ=os.environ if environ is None else environ)
    as_json = "--json" in arguments
    logs.set_up("text", logging.WARNING)
    if not all(_is_text(argument) for argument in arguments):
        return _refuse(as_json, WRONG_USAGE, "usage", ["An argument is not valid UTF-8. Check the terminal's locale."], None)
    try:
        herald.main(arguments, prog_name="herald", standalone_mode=False, obj=call)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return WRONG_USAGE
    except click.UsageError as error:
        return _refuse(as_json, WRONG_USAGE, "usage", [_one_line(error.format_message())], None)
    except click.exceptions.Exit as error:
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return _refuse(as_json, STOPPED, "stopped", ["Stopped."], None)
    except InvalidContent as error:
        return _refuse(as_json, FAILED, error.code, [problem.message for problem in error.problems], error.field)
    except UserError as error:
        return _refuse(as_json, FAILED, error.code, [error.message], error.field)
    except ConfigurationError as error:
        return _refuse(as_json, FAILED, "configuration", list(error.faults), None)
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123  # nobody reads us any more
        return FAILED
    except Exception as error:  # noqa: BLE001  # the door
        return _failed(as_json, error)
    return DONE


def _failed(as_json: bool, error: Exception) -> int:  # noqa: FBT001  # one caller, above
    """A platform's refusal, or something unforeseen, which goes to the log with its traceback."""
    safe = getattr(error, "safe", None)
    if isinstance(safe, str):
        return _refuse(as_json, FAILED, _snake(type(error).__name__), [safe], None)
    if type(error).__name__ == "CannotOpen":
        return _refuse(as_json, FAILED, "configuration", ["A stored token cannot be opened with the keys given."], None)
    _log.error("a command failed", exc_info=error)
    message = f"Herald made a mistake ({type(error).__name__}). The log above says where."
    return _refuse(as_json, FAILED, "internal", [message], None)


def _refuse(as_json: bool, code: int, name: str, sentences: Sequence[str], field: str | None) -> int:  # noqa: FBT001
    if as_json:
        error = {"code": name, "message": " ".join(sentences)} | ({"field": field} if field else {})
        click.echo(json.dumps({"error": error}, ensure_ascii=False))
    else:
        for sentence in sentences:
            click.echo(sentence, err=True)
    return code


def _is_text(argument: str) -> bool:
    """Whether it can be written anywhere: bytes that were no UTF-8 arrive as lone surrogates."""
    try:
        argument.encode()
    except UnicodeEncodeError:
        return False
    return True


def _one_line(message: str) -> str:
    return " ".join(message.split())


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
