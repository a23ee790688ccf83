"""herald accounts …: what each platform asks for on connecting comes from its specification."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from bot.cli.output import account_json, iso, json_option, say_json, say_table, workspace_option
from bot.cli.running import ACTOR, read_secret, run

if TYPE_CHECKING:
    from bot.domain.accounts import Account, Secret
    from bot.domain.ids import AccountId, WorkspaceId
    from bot.domain.waits import Wait
    from bot.services.connecting import Checked
    from bot.wiring import Herald
    from platforms.base import Connector
    from storage.brands import Brand


class _Platforms(click.Group):
    """One command for each platform."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every platform there is."""
        _ = ctx
        from platforms import REGISTER  # noqa: PLC0415  # loaded when used

        return sorted(REGISTER)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Connecting to this platform."""
        from platforms import REGISTER  # noqa: PLC0415  # loaded when used

        if cmd_name not in REGISTER:
            raise click.UsageError(f"Herald has no platform {cmd_name[:40]!r}. It has: {', '.join(REGISTER)}.", ctx)
        return _command(REGISTER[cmd_name])


def _command(connector: "Connector") -> click.Command:
    """The command that connects to one platform, with the options its login takes."""
    spec = connector.spec
    params: list[click.Parameter] = [
        click.Option(["--brand"], required=True, metavar="B", help="Brand, by id or name."),
        click.Option(["--workspace"], metavar="W", help="Workspace, by id or name."),
    ]
    for field in spec.login:
        if not field.secret:
            params.append(click.Option([f"--{field.name}"], required=field.required, help=f"{field.label}."))
        elif spec.oauth is not None:
            text = f"{field.label} on standard input, instead of a consent page."
            params.append(click.Option([f"--{field.name}"], is_flag=True, help=text))
    if connector.consent is not None:
        text = f"Print a link to a consent page and wait, instead of taking {spec.login_by}."
        params.append(click.Option(["--consent"], is_flag=True, help=text))
    if connector.choices is not None:
        text = "Of several accounts the one with this handle or id; repeatable. Asked for when left out."
        params.append(click.Option(["--pick"], multiple=True, metavar="HANDLE", help=text))
    params.append(click.Option(["--json", "as_json"], is_flag=True, help="Print JSON for programs."))

    def connect_it(**given: Any) -> None:  # noqa: ANN401  # click's values, named by the options above
        _connect(connector, given)

    return click.Command(
        spec.name, params=params, callback=connect_it, help=f"Connect an account of {spec.title} to a brand."
    )


def _connect(connector: "Connector", given: Mapping[str, Any]) -> None:
    spec = connector.spec
    secrets = [field for field in spec.login if field.secret]
    typed: dict[str, str | Secret] = {
        field.name: str(given[field.name]) for field in spec.login if not field.secret and given[field.name] is not None
    }
    by_rule = spec.oauth is not None and not any(given.get(field.name) for field in secrets)
    by_consent = by_rule or bool(given.get("consent"))
    if not by_consent:
        typed |= {field.name: read_secret(field.label, field.name) for field in secrets}

    async def use(herald: "Herald") -> "Sequence[Account]":
        from bot.cli import consent  # noqa: PLC0415  # loaded when used
        from bot.services import connecting, workspaces  # noqa: PLC0415  # loaded when used

        brand = await workspaces.find_brand(herald.deps, given["brand"], workspace=given["workspace"])
        if by_consent:
            server = next((str(value) for value in typed.values()), "")
            return await consent.ask(herald, brand, spec.name, server, picks=given.get("pick") or ())
        return [await connecting.connect(herald.deps, brand, spec.name, typed, asked_by=ACTOR)]

    connected = run(use)
    if given["as_json"]:
        shown = [account_json(account) for account in connected]
        say_json(shown[0] if len(shown) == 1 else shown)
        return
    for account in connected:
        click.echo(f"{spec.title} · {account.handle} is connected: {account.id}")


@click.group()
def accounts() -> None:
    """Profiles, pages and channels that posts go to."""


@accounts.group(cls=_Platforms)
def connect() -> None:
    """Connect an account."""


async def _places(herald: "Herald", workspace: str | None) -> "list[WorkspaceId]":
    from bot.services import workspaces  # noqa: PLC0415  # loaded when used

    if workspace is not None:
        return [(await workspaces.find_workspace(herald.deps, workspace)).id]
    return [place.id for place in await workspaces.list_workspaces(herald.deps)]


async def _brand(herald: "Herald", brand: str | None, workspace: str | None) -> "Brand | None":
    from bot.services import workspaces  # noqa: PLC0415  # loaded when used

    return None if brand is None else await workspaces.find_brand(herald.deps, brand, workspace=workspace)


@accounts.command("list")
@workspace_option
@click.option("--brand", metavar="B", help="Of this brand alone.")
@json_option
def list_(*, workspace: str | None, brand: str | None, as_json: bool) -> None:
    """Show connected accounts."""

    async def use(herald: "Herald") -> "tuple[list[Account], dict[AccountId, Wait]]":
        from bot.services import connecting, waiting  # noqa: PLC0415  # loaded when used

        chosen = await _brand(herald, brand, workspace)
        places = [chosen.workspace_id] if chosen is not None else await _places(herald, workspace)
        found = await connecting.list_accounts(herald.deps, places, brand=chosen)
        return found, await waiting.waits_of(herald.deps, found)

    found, waits = run(use)
    if as_json:
        say_json([account_json(account) | {"waits": _wait_json(waits.get(account.id))} for account in found])
    else:
        rows = [
            [a.id, a.platform, a.handle, a.health.value, _until(a), a.health_detail or "", _wait_text(waits.get(a.id))]
            for a in found
        ]
        empty = "No account yet. Connect one: herald accounts connect PLATFORM --brand B"
        say_table(["id", "platform", "handle", "state", "access ends", "", "waits"], rows, empty=empty)


def _wait_text(wait: "Wait | None") -> str:
    from bot.services import waiting  # noqa: PLC0415  # loaded when used

    return "" if wait is None else waiting.said(wait)


def _wait_json(wait: "Wait | None") -> dict[str, object] | None:
    """Why its posts wait, for programs; null when they do not."""
    if wait is None:
        return None
    return {"reason": wait.reason.value, "until": iso(wait.until), "message": _wait_text(wait)}


def _until(account: "Account") -> str:
    """`2026-12-03, renews itself`."""
    parts = [account.ends_at.date().isoformat()] if account.ends_at is not None else []
    return ", ".join([*parts, "renews itself"] if account.renews else parts)


@accounts.command()
@click.argument("account", required=False)
@workspace_option
@click.option("--brand", metavar="B", help="Of this brand alone.")
@json_option
def check(account: str | None, *, workspace: str | None, brand: str | None, as_json: bool) -> None:
    """Ask the platform whether ACCOUNT still works; all accounts when left out."""

    async def use(herald: "Herald") -> "list[Checked]":
        from bot.services import connecting  # noqa: PLC0415  # loaded when used

        chosen = await _brand(herald, brand, workspace)
        places = [chosen.workspace_id] if chosen is not None else await _places(herald, workspace)
        if account is not None:
            found = [await connecting.find_account(herald.deps, account, places, brand=chosen)]
        else:
            found = await connecting.list_accounts(herald.deps, places, brand=chosen)
        return await _checked(herald, found)

    checked = run(use)
    if as_json:
        shown = [account_json(one.account) | {"ok": one.trouble is None} for one in checked]
        say_json(shown[0] if account is not None else shown)
    else:
        rows = [[one.account.platform, one.account.handle, _until(one.account), _state(one)] for one in checked]
        say_table(["platform", "handle", "access ends", "state"], rows, empty="No account to check.")
    if any(one.trouble for one in checked):
        raise click.exceptions.Exit(1)


def _state(checked: "Checked") -> str:
    how = f" How: {checked.guide}" if checked.guide is not None else ""
    return f"{checked.trouble or 'fine'}{how}"


async def _checked(herald: "Herald", found: "Sequence[Account]") -> "list[Checked]":
    """Check these, with progress for a person who watches."""
    from rich.console import Console  # noqa: PLC0415  # loaded when used
    from rich.progress import track  # noqa: PLC0415

    from bot.services import connecting  # noqa: PLC0415

    console = Console(stderr=True)
    quiet = not console.is_terminal or len(found) == 1
    shown = track(found, description="Checking", console=console, disable=quiet, transient=True)
    return [await connecting.check(herald.deps, one) for one in shown]


@accounts.command()
@click.argument("account")
@workspace_option
@click.option("--brand", metavar="B", help="Of this brand alone.")
@json_option
def disconnect(account: str, *, workspace: str | None, brand: str | None, as_json: bool) -> None:
    """Forget an account's tokens and cancel what waits for it; its numbers stay."""

    async def use(herald: "Herald") -> "tuple[Account, int]":
        from bot.services import connecting  # noqa: PLC0415  # loaded when used

        chosen = await _brand(herald, brand, workspace)
        places = [chosen.workspace_id] if chosen is not None else await _places(herald, workspace)
        found = await connecting.find_account(herald.deps, account, places, brand=chosen)
        return found, await connecting.disconnect(herald.deps, found, asked_by=ACTOR)

    gone, cancelled = run(use)
    if as_json:
        say_json({"account_id": gone.id, "disconnected": True, "cancelled_items": cancelled})
    else:
        click.echo(f"{gone.platform}:{gone.handle} is disconnected; {cancelled} waiting posts were cancelled.")
