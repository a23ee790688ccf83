"""A body of `multipart/form-data` with one file: streamed to disk as it comes, never whole in memory."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.requests import Request

from handlers.http.api.endpoint import Form
from handlers.http.api.errors import Fault, Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploaded:
    """What came. The file lies at `path` while the call is served."""

    fields: Any
    """The Struct of what stands beside the file."""
    fields_said: tuple[str, ...]
    path: Path
    file_name: str
    size_bytes: int
    sha256: str


@asynccontextmanager
async def uploaded(request: Request, form: Form) -> AsyncGenerator[Uploaded]:
    """Read the body. Raises Refusal."""
    raise Refusal(Fault.INVALID, f"{form.file} cannot be read yet from {request.method}.")
    yield
