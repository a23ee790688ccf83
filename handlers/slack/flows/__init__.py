"""What people do in Slack, one file for each: write, look, decide, set up."""

from handlers.slack.app import Desk
from handlers.slack.flows import (
    accounts,
    alerts,
    approvals,
    brands,
    buttons,
    compose,
    digest,
    holds,
    home,
    moving,
    one_line,
    per_network,
    report,
    settings,
    social,
    why,
)


def register(desk: Desk) -> None:
    """Tell the desk who answers what."""
    every = (
        compose,
        per_network,
        moving,
        one_line,
        social,
        buttons,
        why,
        brands,
        accounts,
        alerts,
        home,
        holds,
        digest,
        report,
        approvals,
        settings,
    )
    for flow in every:
        flow.register(desk)
