"""What TikTok allows a creator at present: asked before each post, and kept with the account for earlier checks.

Source: https://developers.tiktok.com/doc/content-posting-api-reference-query-creator-info, read 2026-11-21.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from bot.domain.accounts import Connected
from bot.domain.content import Draft, MediaKind
from platforms.answers import number, text, texts
from platforms.base import JsonObject, Wire
from platforms.tiktok.calls import api_call, ask
from platforms.tiktok.options import LEVELS
from platforms.tiktok.reading import truth

QUERY = "post/publish/creator_info/query/"
_WORDS = {level: word for word, level in LEVELS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Creator:
    """A creator's present settings. Nothing known allows everything."""

    username: str | None = None
    nickname: str | None = None
    privacy: tuple[str, ...] = ()
    """TikTok's words for who may see a post."""
    max_duration_s: int | None = None
    no_comments: bool = False
    no_duet: bool = False
    no_stitch: bool = False

    @classmethod
    def from_answer(cls, data: JsonObject) -> Self:
        """From TikTok's answer."""
        return cls(
            username=text(data, "creator_username"),
            nickname=text(data, "creator_nickname"),
            privacy=texts(data.get("privacy_level_options")),
            max_duration_s=number(data, "max_video_post_duration_sec") or None,
            no_comments=truth(data, "comment_disabled"),
            no_duet=truth(data, "duet_disabled"),
            no_stitch=truth(data, "stitch_disabled"),
        )

    @classmethod
    def from_json(cls, stored: JsonObject) -> Self:
        """From what is stored with the account."""
        return cls(privacy=texts(stored.get("privacy")), max_duration_s=number(stored, "max_duration_s") or None)

    def to_json(self) -> dict[str, object]:
        """What is worth keeping with the account."""
        return {"privacy": list(self.privacy), "max_duration_s": self.max_duration_s}

    def privacy_problem(self, draft: Draft) -> str | None:
        """Why this creator cannot post with the chosen privacy; None when it is offered, or nothing is known."""
        wanted = LEVELS.get(draft.options.get("privacy", ""))
        if not self.privacy or wanted is None or wanted in self.privacy:
            return None
        offered = ", ".join(_WORDS.get(level, level) for level in self.privacy)
        return (
            f"privacy={draft.options['privacy']} is not offered to this account; TikTok offers {offered}. Choose one."
        )

    def offered(self, choices: Mapping[str, str]) -> Mapping[str, str]:
        """Those of the answers to who may see a post that TikTok offers this creator; all while nothing is known."""
        if not self.privacy:
            return choices
        return {word: shown for word, shown in choices.items() if LEVELS.get(word) in self.privacy}

    def duration_problem(self, draft: Draft) -> str | None:
        """Why a film is too long for this creator."""
        longest_s = self.max_duration_s
        for file in draft.attachments:
            duration_s = file.media.duration_s if file.media.kind is MediaKind.VIDEO else None
            if duration_s is not None and longest_s is not None and duration_s > longest_s:
                return (
                    f"{file.media.file_name} is {duration_s:.1f} s long, TikTok takes up to {longest_s} s from this"
                    " account. Shorten it."
                )
        return None


async def ask_creator(wire: Wire, connected: Connected) -> Creator:
    """What the creator is allowed now. Raises PlatformError, RateLimited when the day's posts are used up."""
    return Creator.from_answer(await ask(wire, api_call(connected, QUERY)))
