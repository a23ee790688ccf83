"""What a person types as Slack hands it on: escaped, with mentions and links as ids."""

import re

from sandbox.slack.world import World

LINK = re.compile(r"https?://[^\s<>]+")
NAME = re.compile(r"(?<![\w&])([@#])([a-z0-9][a-z0-9._-]*)")


def escaped(world: World, text: str, *, labels: bool) -> str:
    """Text with `&<>` escaped and mentions as `<@U…>`; with `labels` as commands have them, `<@U…|name>`."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    parts: list[str] = []
    end = 0
    for found in LINK.finditer(text):
        parts += [_mentions(world, text[end : found.start()], labels=labels), f"<{found[0]}>"]
        end = found.end()
    return "".join([*parts, _mentions(world, text[end:], labels=labels)])


def _mentions(world: World, text: str, *, labels: bool) -> str:
    people = {one.name: one.id for one in world.people.values()}
    channels = {one.name: one.id for one in world.channels.values() if one.kind == "channel"}
    if world.installed:
        people[world.manifest.bot_name.lower()] = world.bot_user_id

    def linked(found: re.Match[str]) -> str:
        sign, name = found[1], found[2]
        known = (people if sign == "@" else channels).get(name)
        if known is None:
            return found[0]
        return f"<{sign}{known}|{name}>" if labels or sign == "#" else f"<{sign}{known}>"

    return NAME.sub(linked, text)
