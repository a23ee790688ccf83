"""The consent of Threads: as everywhere, but that its errors are the Graph's."""

from dataclasses import dataclass

from aiohttp import web

from sandbox.networks.oauth import OAuthServer, Refusal, Style
from sandbox.networks.pages import Look

LOOK = Look(title="Threads", band="#1f1f24")
_CODES = {"invalid_client": 101, "invalid_grant": 190}


def graph_error(
    code: int | str, message: str, *, subcode: int | None = None, status: int = 400, transient: bool = False
) -> web.Response:
    """An error as the Graph writes it."""
    error: dict[str, object] = {
        "message": message,
        "type": "OAuthException",
        "code": code,
        "is_transient": transient,
        "fbtrace_id": "AStandInTraceOfNothing",
    }
    if subcode is not None:
        error["error_subcode"] = subcode
    return web.json_response({"error": error}, status=status)


@dataclass(slots=True)
class Consent(OAuthServer):
    """Gives and renews tokens, and refuses in the Graph's form."""

    def __init__(self, style: Style, *, people: tuple[str, ...], auto_approve: bool) -> None:
        OAuthServer.__init__(self, style, LOOK, people, auto_approve=auto_approve)

    def _refused(self, refusal: Refusal) -> web.Response:
        return graph_error(_CODES.get(refusal.code, 100), refusal.words)
