"""The door: runs a command, and turns every way it can fail into one sentence and an exit code.

0 done · 1 refused or failed · 2 wrong usage · 130 stopped. With --json an error is one object on standard output,
`{"error": {"code", "message", "field"?}}`; people get their sentences on standard error.
"""

import contextlib
import importlib
import json
import logging
import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import click

from bot import logs
from bot.cli.running import Call
from bot.config import ConfigurationError
from bot.domain.errors import InvalidContent, UserError

_log = logging.getLogger(__name__)

DONE, FAILED, WRONG_USAGE, STOPPED = 0, 1, 2, 130

_COMMANDS = {
    "demo": "bot.cli.demo:demo",
    "serve": "bot.cli.processes:serve",
    "web": "bot.cli.processes:web",
    "worker": "bot.cli.processes:worker",
    "migrate": "bot.cli.processes:migrate",
    "doctor": "bot.cli.processes:doctor",
    "transfer": "bot.cli.transfer:transfer",
    "workspaces": "bot.cli.workspaces:workspaces",
    "brands": "bot.cli.brands:brands",
    "accounts": "bot.cli.accounts:accounts",
    "keys": "bot.cli.keys:keys",
    "webhooks": "bot.cli.webhooks:webhooks",
    "posts": "bot.cli.posts:posts",
    "report": "bot.cli.report:report",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a command that was not done says."""

    exit_code: int
    code: str
    sentences: tuple[str, ...]
    field: str | None = None


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
        sentence = "An argument is not valid UTF-8. Check the terminal's locale."
        _say(Refusal(WRONG_USAGE, "usage", (sentence,)), as_json=as_json)
        return WRONG_USAGE
    try:
        code: object = herald.main(arguments, prog_name="herald", standalone_mode=False, obj=call)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return WRONG_USAGE
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  # the door
        if isinstance(error, OSError) and _output_is_gone():
            return _unheard(error)
        refusal = _refusal(error)
        try:
            _say(refusal, as_json=as_json)
        except OSError as unsaid:
            return _unheard(unsaid)
        return refusal.exit_code
    return code if isinstance(code, int) else DONE  # an int is the code of click's Exit, which it does not raise here


def _output_is_gone() -> bool:
    """Whether standard output takes nothing, not even a line break: its reader went away, or its disk is full."""
    try:
        sys.stdout.write("\n")
        sys.stdout.flush()
    except OSError:
        return True
    return False


def _unheard(error: OSError) -> int:
    """Nobody gets what was to be said. A reader that went away wants nothing more; anything else is told aside."""
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123  # or Python itself complains when it ends
    if not isinstance(error, BrokenPipeError):
        with contextlib.suppress(OSError):
            why = error.strerror or type(error).__name__
            click.echo(f"The output could not be written: {why}. What was to be done may be done already.", err=True)
    return FAILED


def _refusal(error: BaseException) -> Refusal:
    """What is said about an error. Something unforeseen goes to the log with its traceback."""
    match error:
        case click.UsageError():
            return Refusal(WRONG_USAGE, "usage", (_one_line(error.format_message()),))
        case click.Abort() | KeyboardInterrupt():
            return Refusal(STOPPED, "stopped", ("Stopped.",))
        case InvalidContent():
            return Refusal(FAILED, error.code, tuple(problem.message for problem in error.problems), error.field)
        case UserError():
            return Refusal(FAILED, error.code, (error.message,), error.field)
        case ConfigurationError():
            return Refusal(FAILED, "configuration", error.faults)
        case _:
            return _failure(error)


def _failure(error: BaseException) -> Refusal:
    from platforms.errors import PlatformError  # noqa: PLC0415  # only when something failed
    from storage.vault import CannotOpen  # noqa: PLC0415

    if isinstance(error, PlatformError):
        return Refusal(FAILED, _snake(type(error).__name__), (error.safe,))
    if isinstance(error, CannotOpen):
        return Refusal(FAILED, "configuration", ("A stored token cannot be opened with the keys given.",))
    _log.error("a command failed", exc_info=error)
    return Refusal(FAILED, "internal", (f"Herald made a mistake ({type(error).__name__}). The log above says where.",))


def _say(refusal: Refusal, *, as_json: bool) -> None:
    if as_json:
        error = {"code": refusal.code, "message": " ".join(refusal.sentences)}
        click.echo(
            json.dumps({"error": error | ({"field": refusal.field} if refusal.field else {})}, ensure_ascii=False)
        )
        return
    for sentence in refusal.sentences:
        click.echo(sentence, err=True)


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
