"""How LinkedIn reads "little text": templates, escapes, and the silent cut at a reserved character that stands bare."""

import re

_PIECES = re.compile(
    r"\\(?P<plain>[\\|{}@\[\]()<>#*_~])"
    r"|@\[(?P<name>(?:\\.|[^\]\\])+)\]\((?P<urn>urn:li:(?:person|organization):[\w-]+)\)"
    r"|\{hashtag\|\\?#\|(?P<template>[^}|]+)\}"
    r"|(?P<tag>(?<!\w)#[^\W_]+)"
    r"|(?P<bare>[\\|{}@\[\]()<>#*_~])",
    re.DOTALL,
)


def seen(commentary: str) -> str:
    """What people see of a commentary."""
    shown, at = "", 0
    for found in _PIECES.finditer(commentary):
        shown += commentary[at : found.start()]
        at = found.end()
        if found["bare"]:
            return shown
        if found["template"]:
            shown += f"#{found['template']}"
        elif found["name"]:
            shown += re.sub(r"\\(.)", r"\1", found["name"])
        else:
            shown += found["plain"] or found["tag"]
    return shown + commentary[at:]
