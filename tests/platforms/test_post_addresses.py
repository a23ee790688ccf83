"""Which post a web address leads to, as each network writes its addresses: what a person pastes for *It is live*."""

import pytest

from bot.domain.accounts import Account
from bot.domain.ids import AccountId, BrandId, WorkspaceId
from platforms import REGISTER

DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
WHO = {
    "x": ("2244994945", "juniper", "https://api.x.com"),
    "mastodon": ("14715", "juniper@trees.example", "https://social.trees.example"),
    "bluesky": (DID, "juniper.example", "https://pds.example"),
    "telegram": ("-1001234567890", "junipercoffee", "https://api.telegram.org"),
    "discord": ("223704706495545344", "webhook", "https://discord.com"),
    "reddit": ("1w72", "juniper", "https://oauth.reddit.com"),
    "linkedin": ("urn:li:organization:7", "juniper", "https://api.linkedin.com"),
    "facebook": ("104512345", "Juniper Coffee", "https://graph.facebook.com"),
    "instagram": ("17841400000", "juniper", "https://graph.instagram.com"),
    "youtube": ("UCjuniper", "@juniper", "https://www.googleapis.com"),
}


def account(platform: str) -> Account:
    """The account of a network."""
    own_id, handle, server = WHO[platform]
    limits = {"guild_id": "41", "channel_id": "42"} if platform == "discord" else {}
    return Account(
        id=AccountId("acc_1"),
        workspace_id=WorkspaceId("wsp_1"),
        brand_id=BrandId("brd_1"),
        platform=platform,
        platform_account_id=own_id,
        handle=handle,
        display_name=handle,
        service_url=server,
        limits=limits,
    )


def named(platform: str, link: str) -> tuple[str, dict[str, object]] | None:
    """The id and the further facts that the address tells."""
    read = REGISTER[platform].post_at
    assert read is not None
    found = read(account(platform), link)
    assert found is None or found.permalink == link
    return None if found is None else (found.platform_post_id, dict(found.extra))


AT_POST = f"at://{DID}/app.bsky.feed.post/3kabc"


@pytest.mark.parametrize(
    ("platform", "link", "post_id", "extra"),
    [
        ("x", "https://x.com/Juniper/status/1990000000000000007", "1990000000000000007", {}),
        ("x", "https://twitter.com/juniper/status/7/photo/1?s=20", "7", {}),
        ("x", "https://x.com/i/web/status/7", "7", {}),
        ("mastodon", "https://social.trees.example/@juniper/115", "115", {"id": "115"}),
        ("mastodon", "https://Social.trees.example/@juniper@trees.example/115", "115", {"id": "115"}),
        ("mastodon", "https://social.trees.example/users/juniper/statuses/115", "115", {"id": "115"}),
        ("mastodon", "https://social.trees.example/@juniper/statuses/01HXA", "01HXA", {"id": "01HXA"}),
        ("mastodon", "https://social.trees.example/p/juniper/115", "115", {"id": "115"}),
        ("bluesky", "https://bsky.app/profile/juniper.example/post/3kabc", AT_POST, {"uri": AT_POST}),
        ("bluesky", f"https://other.example/profile/{DID}/post/3kabc/", AT_POST, {"uri": AT_POST}),
        ("telegram", "https://t.me/JuniperCoffee/17", "17", {}),
        ("telegram", "https://t.me/s/junipercoffee/17", "17", {}),
        ("telegram", "https://t.me/c/1234567890/5/17?single", "17", {}),
        ("discord", "https://discord.com/channels/41/42/43", "43", {}),
        ("discord", "https://discord.com/channels/41/99/43", "43", {"thread": "99"}),
        ("reddit", "https://www.reddit.com/r/test/comments/1abcd2/a_morning/", "t3_1abcd2", {}),
        ("reddit", "https://redd.it/1abcd2", "t3_1abcd2", {}),
        ("reddit", "https://www.reddit.com/r/test/comments/1abcd2/a_morning/k1/?context=3", "t1_k1", {}),
        ("linkedin", "https://www.linkedin.com/feed/update/urn:li:share:7123456/", "urn:li:share:7123456", {}),
        ("linkedin", "https://www.linkedin.com/feed/update/urn%3Ali%3AugcPost%3A7123456", "urn:li:ugcPost:7123456", {}),
        (
            "linkedin",
            "https://www.linkedin.com/posts/juniper_tea-activity-7123456-AbCd?utm_source=share",
            "urn:li:activity:7123456",
            {},
        ),
        ("facebook", "https://www.facebook.com/junipercoffee/posts/122100000", "104512345_122100000", {}),
        ("facebook", "https://www.facebook.com/junipercoffee/posts/new-beans/122100000/", "104512345_122100000", {}),
        (
            "facebook",
            "https://m.facebook.com/permalink.php?story_fbid=122100000&id=104512345",
            "104512345_122100000",
            {},
        ),
        ("facebook", "https://www.facebook.com/104512345_122100000", "104512345_122100000", {}),
        ("facebook", "https://www.facebook.com/reel/998877665", "998877665", {}),
        ("facebook", "https://www.facebook.com/junipercoffee/videos/998877665/", "998877665", {}),
        ("youtube", "https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=3s", "dQw4w9WgXcQ", {}),
        ("youtube", "https://youtu.be/dQw4w9WgXcQ?si=x", "dQw4w9WgXcQ", {}),
        ("youtube", "https://www.youtube.com/shorts/dQw4w9WgXcQ", "dQw4w9WgXcQ", {}),
        ("youtube", "https://studio.youtube.com/video/dQw4w9WgXcQ/edit", "dQw4w9WgXcQ", {}),
    ],
)
def test_an_address_names_its_post(platform: str, link: str, post_id: str, extra: dict[str, object]) -> None:
    assert named(platform, link) == (post_id, extra)


@pytest.mark.parametrize(
    ("platform", "link"),
    [
        *((platform, link) for platform in WHO for link in ("https://example.com/", "https://[half", "https://x/%00")),
        ("x", "https://x.com/somebody/status/7"),
        ("mastodon", "https://elsewhere.example/@juniper/115"),
        ("mastodon", "https://social.trees.example/@somebody/115"),
        ("bluesky", "https://bsky.app/profile/somebody.example/post/3kabc"),
        ("telegram", "https://t.me/somebody/17"),
        ("telegram", "https://t.me/c/99/17"),
        ("discord", "https://discord.com/channels/40/42/43"),
        ("reddit", "https://www.reddit.com/r/test/s/AbCdEf"),
        ("linkedin", "https://www.linkedin.com/feed/update/urn:li:share:7123456/?commentUrn=urn"),
        ("facebook", "https://www.facebook.com/permalink.php?story_fbid=122100000&id=99999"),
        ("facebook", "https://www.facebook.com/junipercoffee/posts/pfbid02abc"),
        ("instagram", "https://www.instagram.com/p/DAbc123/"),
        ("youtube", "https://example.com/dQw4w9WgXcQ"),
        ("youtube", "https://www.youtube.com/@juniper"),
    ],
)
def test_no_other_address_names_one(platform: str, link: str) -> None:
    assert named(platform, link) is None
