"""The networks Metricool leads to: how each is called there, and what is checked before a post is handed over.

Metricool publishes no limits of its own; these are the networks'. Its answer remains the judge.
Sources: https://app.metricool.com/resources/apidocs (names and blocks), read 2026-11-21; limits: each network's own
documentation.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """One of them. `word` is Metricool's, `title` people's."""

    word: str
    title: str
    block: str
    """Its settings in a post, and with `Data` its account in a brand."""
    characters: int
    images: int
    videos: int = 1
    needs_file: bool = False
    types: tuple[str, ...] = ()
    """What `type` may be."""
    settings: Mapping[str, str]
    """Options by the names they have in its block."""


NETWORKS: Mapping[str, Network] = {
    network.word: network
    for network in (
        Network(
            word="twitter", title="X", block="twitter", characters=280, images=4, settings={"replies": "replySettings"}
        ),
        Network(
            word="facebook",
            title="Facebook",
            block="facebook",
            characters=63_206,
            images=10,
            types=("POST", "REEL", "STORY"),
            settings={"title": "title"},
        ),
        Network(
            word="instagram",
            title="Instagram",
            block="instagram",
            characters=2_200,
            images=10,
            needs_file=True,
            types=("POST", "REEL", "STORY"),
            settings={},
        ),
        Network(
            word="linkedin",
            title="LinkedIn",
            block="linkedin",
            characters=3_000,
            images=20,
            settings={"title": "documentTitle"},
        ),
        Network(
            word="pinterest",
            title="Pinterest",
            block="pinterest",
            characters=800,
            images=5,
            needs_file=True,
            settings={"board": "boardId", "title": "pinTitle", "link": "pinLink"},
        ),
        Network(
            word="tiktok",
            title="TikTok",
            block="tiktok",
            characters=2_200,
            images=35,
            needs_file=True,
            settings={"title": "title", "privacy": "privacyOption"},
        ),
        Network(
            word="youtube",
            title="YouTube",
            block="youtube",
            characters=5_000,
            images=0,
            needs_file=True,
            types=("video", "short"),
            settings={"title": "title", "privacy": "privacy", "category": "category"},
        ),
        Network(word="threads", title="Threads", block="threads", characters=500, images=20, settings={}),
        Network(word="bluesky", title="Bluesky", block="bluesky", characters=300, images=4, settings={}),
        Network(
            word="gmb", title="Google Business Profile", block="gmb", characters=1_500, images=1, videos=0, settings={}
        ),
    )
}
DATA: Mapping[str, str] = {**{word: f"{network.block}Data" for word, network in NETWORKS.items()}, "gmb": "gbpData"}
"""Where `networksData` of a brand says what is connected."""
