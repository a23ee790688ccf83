"""Saying yes on the real server's consent page without a browser: the calls that its page makes."""

from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.servers.pds import PdsAccount

_API = "/@atproto/oauth-provider/~api"
_NAVIGATING = {"sec-fetch-site": "none", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """What the address people are sent back to holds."""

    state: str
    code: str
    issuer: str


def agree(account: PdsAccount, url: str) -> Agreed:
    """Open the page, sign in as that account, and authorize."""
    place = urlsplit(url)
    origin, cookies = f"{place.scheme}://{place.netloc}", dict[str, str]()
    with httpx.Client(timeout=30) as client:

        def call(method: str, address: str, headers: dict[str, str], body: dict[str, object] | None) -> httpx.Response:
            said = "; ".join(f"{name}={value}" for name, value in cookies.items())  # though secure: this is loopback
            answer = client.request(method, address, headers={**headers, "cookie": said}, json=body)
            cookies.update({name: value for name, value in answer.cookies.items() if value})
            assert answer.status_code == 200, answer.text
            return answer

        _ = call("GET", url, _NAVIGATING, None)
        token = next(value for name, value in cookies.items() if "csrf" in name)
        ours = {"origin": origin, "referer": url, "x-csrf-token": token}
        ours |= {"sec-fetch-site": "same-origin", "sec-fetch-mode": "same-origin"}
        who = {"username": account.handle, "password": account.password, "remember": True, "locale": "en"}
        _ = call("POST", f"{origin}{_API}/sign-in", ours, dict(who))
        what = {"sub": account.did, "scope": "atproto transition:generic"}
        back = call("POST", f"{origin}{_API}/consent", ours, dict(what)).json()
    query = parse_qs(urlsplit(str(back["url"])).query)
    assert "code" in query, query
    return Agreed(state=query["state"][0], code=query["code"][0], issuer=query["iss"][0])
