"""Servers that speak Mastodon's API and go their own way in places, as settings of the stand-in.

Each was run and asked over HTTP on 2026-11-23: GoToSocial 0.20.0-rc1 (8 commits on), Takahē 0.11.0, snac 2.94. What is
not named here they were seen to do like the stand-in, or it makes no difference to a client that posts.
"""

from sandbox.networks.mastodon.world import Settings


def gotosocial() -> Settings:
    """Counts code points and links in full, though it names 25 for a link; ignores keys; a warning stays a warning."""
    return Settings(
        version="0.20.0-rc1-8-g57cb4fe74",
        source_url="https://codeberg.org/superseriousbusiness/gotosocial",
        characters_reserved_per_url=25,
        max_characters=5000,
        max_media_attachments=6,
        poll_max_options=6,
        idempotency=False,
        batch_statuses=False,
        counts_written=True,
        keeps_lone_warning=True,
    )


def takahe() -> Settings:
    """Knows whole scopes alone, lists nothing that not everybody sees, ignores keys, counts code points."""
    return Settings(
        version="takahe/0.11.0",
        source_url="https://github.com/jointakahe/takahe",
        idempotency=False,
        batch_statuses=False,
        counts_written=True,
        fine_scopes=False,
        lists_hidden=False,
        requests_per_5_min=0,
    )


def snac() -> Settings:
    """Has the old description alone, lists nothing hidden, ignores keys, leaves out polls that come as JSON."""
    return Settings(
        version="4.0.0 (not true; really snac/2.94)",
        source_url="https://comam.es/what-is-snac",
        characters_reserved_per_url=32,
        max_characters=100_000,
        poll_max_options=8,
        v2_instance=False,
        idempotency=False,
        batch_statuses=False,
        counts_written=True,
        keeps_lone_warning=True,
        takes_polls=False,
        lists_hidden=False,
        requests_per_5_min=0,
    )
