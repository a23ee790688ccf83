"""What X's answers have in common."""

from platforms.answers import as_object, object_of
from platforms.base import Answer, JsonObject
from platforms.errors import Unavailable


def data_of(answer: Answer) -> JsonObject:
    """The one thing an answer is about."""
    return as_object(object_of(answer).get("data"))


def unreadable(operation: str, status: int) -> Unavailable:
    """What an answer without the promised values means where the call may be repeated."""
    return Unavailable(
        "X gave an answer that cannot be read.", platform="x", operation=operation, status=status, code="unreadable"
    )
