"""`herald posts hold` and `herald posts release`."""

from typing import TYPE_CHECKING

import click

from bot.cli.finding import find_post
from bot.cli.holds import (
    held_post_json,
    held_post_line,
    read_end,
    reason_option,
    released_post_json,
    released_post_line,
    until_option,
)
from bot.cli.output import json_option, say_json, workspace_option
from bot.cli.running import ACTOR, run

if TYPE_CHECKING:
    from bot.services.holding_posts import HeldPost, ReleasedPost
    from bot.wiring import Herald


@click.command()
@click.argument("post_id", metavar="ID")
@workspace_option
@until_option
@reason_option
@json_option
def hold(post_id: str, *, workspace: str | None, until: str | None, reason: str | None, as_json: bool) -> None:
    """Keep a post from being sent, at once. ID is its id or its code."""

    async def use(herald: "Herald") -> "HeldPost":
        from bot.services import holding_posts, workspaces  # noqa: PLC0415  # loaded when used

        post = await find_post(herald, post_id, workspace)
        brand = await workspaces.find_brand(herald.deps, post.brand_id, workspace=post.workspace_id)
        end = read_end(until, brand.timezone)
        return await holding_posts.hold_post(
            herald.deps, post.workspace_id, post.post_id, asked_by=ACTOR, until=end, reason=reason
        )

    held = run(use)
    say_json(held_post_json(held)) if as_json else click.echo(held_post_line(held))


@click.command()
@click.argument("post_id", metavar="ID")
@workspace_option
@json_option
def release(post_id: str, *, workspace: str | None, as_json: bool) -> None:
    """Let a post that is on hold go out: at its time, now if that is over, and if it is too late somebody is asked."""

    async def use(herald: "Herald") -> "ReleasedPost":
        from bot.services import holding_posts  # noqa: PLC0415  # loaded when used

        post = await find_post(herald, post_id, workspace)
        return await holding_posts.release_post(herald.deps, post.workspace_id, post.post_id, asked_by=ACTOR)

    released = run(use)
    say_json(released_post_json(released)) if as_json else click.echo(released_post_line(released))
