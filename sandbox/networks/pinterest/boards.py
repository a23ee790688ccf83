"""Accounts, boards and their sections.

Source: developers.pinterest.com/docs/api/v5/user_account-get, /user_account-analytics, /boards-list, /boards-create,
/board_sections-list, 2026-11-21.
"""

from datetime import date, timedelta

from aiohttp import web

from sandbox.networks.pinterest.doors import Refusal, Values, invalid, page_of, person_of, read_json, world_of
from sandbox.networks.pinterest.world import Board, World

_OLDEST_DAYS = 90
_PRIVACY = ("PUBLIC", "PROTECTED", "SECRET")


async def account(request: web.Request) -> web.Response:
    """`GET /v5/user_account`."""
    person, world = person_of(request, "user_accounts:read"), world_of(request)
    mine = world.listed(person)
    return web.json_response(
        {
            "id": world.people[person],
            "username": person,
            "account_type": "BUSINESS",
            "business_name": world.name_of(person),
            "about": "",
            "profile_image": "",
            "website_url": "",
            "follower_count": 12,
            "following_count": 3,
            "pin_count": len(mine),
            "board_count": len(_boards(world, person)),
            "monthly_views": 7 * len(mine),
        }
    )


async def analytics(request: web.Request) -> web.Response:
    """`GET /v5/user_account/analytics`: of each day, the last of them not final yet."""
    person, world = person_of(request, "user_accounts:read", "pins:read"), world_of(request)
    try:
        first, last = (date.fromisoformat(request.query.get(name, "")) for name in ("start_date", "end_date"))
    except ValueError:
        raise invalid("start_date and end_date are dates") from None
    today = world.now().date()
    if not today - timedelta(days=_OLDEST_DAYS) <= first <= last <= today:
        raise invalid("start_date is more than 90 days back, or after end_date")
    many = len(world.listed(person))
    names = request.query.get("metric_types", "IMPRESSION").split(",")
    days = [
        {
            "date": (first + timedelta(days=n)).isoformat(),
            "data_status": "READY" if first + timedelta(days=n) < today else "PROCESSING",
            "metrics": dict.fromkeys(names, many + n),
        }
        for n in range((last - first).days + 1)
    ]
    return web.json_response({"all": {"daily_metrics": days, "summary_metrics": {}}})


async def listed(request: web.Request) -> web.Response:
    """`GET /v5/boards`."""
    person, world = person_of(request, "boards:read"), world_of(request)
    privacy = request.query.get("privacy")
    mine = [board for board in _boards(world, person) if privacy in {None, board.privacy}]
    return page_of(request, [show(board, world) for board in mine])


async def one(request: web.Request) -> web.Response:
    """`GET /v5/boards/{board_id}`."""
    person, world = person_of(request, "boards:read"), world_of(request)
    return web.json_response(show(board_of(world, person, request.match_info["board_id"]), world))


async def create(request: web.Request) -> web.Response:
    """`POST /v5/boards`."""
    person, world, values = person_of(request, "boards:write"), world_of(request), await read_json(request)
    name, privacy = values.get("name"), values.get("privacy", "PUBLIC")
    if not isinstance(name, str) or not name:
        raise invalid("name is required")
    if privacy not in _PRIVACY:
        raise invalid(f"privacy is none of {', '.join(_PRIVACY)}")
    if name in {board.name for board in _boards(world, person)}:
        raise Refusal(409, 58, "You already have a board with this name.")
    return web.json_response(show(world.add_board(person, name, privacy=str(privacy)), world), status=201)


async def sections(request: web.Request) -> web.Response:
    """`GET /v5/boards/{board_id}/sections`."""
    person, world = person_of(request, "boards:read"), world_of(request)
    board = board_of(world, person, request.match_info["board_id"])
    items: list[Values] = [{"id": section, "name": name} for section, name in board.sections.items()]
    return page_of(request, items)


def board_of(world: World, person: str, board_id: str) -> Board:
    """A board this person may pin to. Raises the 404 and 403 of others."""
    board = world.boards.get(board_id)
    if board is None or (board.privacy == "SECRET" and board.owner == person):
        raise Refusal(404, 40, "Board not found.")
    if board.owner != person:
        raise Refusal(403, 29, "You are not permitted to access that board.")
    return board


def show(board: Board, world: World) -> Values:
    """A board as the API shows it."""
    return {
        "id": board.id,
        "name": board.name,
        "description": None,
        "privacy": board.privacy,
        "owner": {"username": board.owner},
        "pin_count": sum(pin.board is board for pin in world.pins.values()),
        "follower_count": 0,
        "collaborator_count": 0,
        "created_at": "2026-01-01T00:00:00",
    }


def _boards(world: World, person: str) -> list[Board]:
    """Those that a token without the scopes of secret boards shows."""
    return [board for board in world.boards.values() if board.owner == person and board.privacy != "SECRET"]
