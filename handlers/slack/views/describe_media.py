"""Descriptions of a post's files, asked for after files were added."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.domain.composition import Form, FormFile
from bot.domain.errors import Problem
from handlers.slack import blocks as b
from handlers.slack import names, wording
from handlers.slack.blocks import Json

_MOST = 30
_LONGEST = 1000
_LONGEST_ERROR = 200


def build(
    form: Form,
    *,
    composition_id: str,
    shown: Mapping[int, str] | None = None,
    fitted: Mapping[int, str] | None = None,
    notes: Sequence[str] = (),
) -> Json:
    """One box per file. `shown` are Slack's ids of usable pictures, `fitted` what became of a file, both by its place.

    `notes` stand on top.
    """
    blocks = [b.section(b.lines([b.inert(note, 300) for note in notes]))] if notes else []
    for place, file in enumerate(form.files[:_MOST]):
        blocks.append(b.context(_name(place, len(form.files), file)))
        if said := (fitted or {}).get(place):
            blocks.append(b.section(f"🖼️ *Made to fit* · {b.inert(said, 300)}"))
        if picture := (shown or {}).get(place):
            blocks.append(b.slack_image(picture, file.alt_text or file.file_name))
        box = b.text_input(f"{names.ALT_TEXT}:{place}", file.alt_text, limit=_LONGEST, multiline=True)
        blocks.append(b.field(f"{names.ALT_TEXT}:{place}", wording.DESCRIBE, box, optional=True))
    if len(form.files) > _MOST:
        blocks.append(b.context(f"and {len(form.files) - _MOST} more"))
    return b.modal(
        names.DESCRIBE_MEDIA,
        "Describe your media",
        blocks or [b.section("No files were added.")],
        submit=wording.SUBMITS[form.when.value],
        close="Back",
        metadata=json.dumps({"composition": composition_id}),
        notify_on_close=True,
    )


def _name(place: int, many: int, file: FormFile) -> str:
    said = [f"{place + 1} of {many}", b.inert(file.file_name, 80) or "file"]
    if file.width_px and file.height_px:
        said.append(f"{file.width_px}×{file.height_px}")  # noqa: RUF001  # a size
    return " · ".join(said)


def read(view: Mapping[str, object], form: Form) -> Form:
    """The form with the descriptions of the files shown."""
    states = b.states(view)
    files = list(form.files)
    for place, file in enumerate(files):
        state = states.get(f"{names.ALT_TEXT}:{place}")
        if state is not None:
            files[place] = replace(file, alt_text=b.typed(state, file.alt_text, _LONGEST))
    return replace(form, files=tuple(files))


def errors(problems: Sequence[Problem], form: Form) -> dict[str, str]:
    """Problems at the file their sentence names; at the first one else."""
    placed: dict[str, str] = {}
    for problem in problems:
        fits = [place for place, file in enumerate(form.files) if file.file_name and file.file_name in problem.message]
        block_id = f"{names.ALT_TEXT}:{fits[0] if fits else 0}"
        placed[block_id] = b.one_line(f"{placed.get(block_id, '')} {problem.message}", _LONGEST_ERROR)
    return placed
