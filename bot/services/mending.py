"""What becomes of a warning about an account's access once it is mended, in the transaction that mends it."""

from datetime import datetime

from bot.domain.accounts import Account
from bot.domain.ids import AccountId
from storage import alerts, endings
from storage.alerts import Alert
from storage.engine import Session

KIND = "access"
"""The kind of these warnings: bot/services/alerting.py."""


async def mended(session: Session, account: Account, *, by: str, now: datetime, gone: bool = False) -> None:
    """The account was connected again, or (`gone`) taken out: change what was said, where it stands."""
    known = await alerts.open_of_account(session, account.workspace_id, account.brand_id, account.id, KIND)
    for alert in known:
        await close(session, alert, by=by, now=now, gone=gone)


async def close(session: Session, alert: Alert, *, by: str, now: datetime, gone: bool) -> None:
    """Close one warning, unless somebody did, and change what was said of it."""
    ended = alert.facts["ends_at"]
    after = now if ended is None else max(now, datetime.fromisoformat(ended))
    account_id = alert.account_id or AccountId("")
    safe = 0 if gone else (await endings.hits(session, alert.workspace_id, account_id, after=after, limit=1))[0]
    facts = {**alert.facts, "safe": safe, "gone": gone}
    if await alerts.resolve(session, alert.workspace_id, alert.key, by=by, now=now, facts=facts):
        await alerts.tell_now(session, alert, now=now)
