"""PostgreSQL's own ways: how it is connected to, and what becomes of connections on which nobody is heard."""

from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import URL, ExceptionContext
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

_CONNECT_TIMEOUT_S = 10
_COMMAND_TIMEOUT_S = 10
"""A server that is gone without a word must not hold a worker for long. More than a transaction may last."""
_MIGRATION_STEP_S = 600
_IDLE_IN_TRANSACTION_MS = 5_000
"""Nor must a worker that was stopped, or cut off, inside a transaction hold its locks: others wait for them."""
_TRANSACTION_MS = 8_000
"""Stopped between the messages of one statement it is not idle to the server; only a limit for the whole helps."""
_RANDOM_PAGE_COST = "1.1"
"""Of a page read by itself, where the next one costs 1. With PostgreSQL's 4, meant for disks that turn, a batch of 250
rows given by id was looked for by reading all 20,000 there were; those of a queue are in memory anyway."""
_PLACES = frozenset({"host", "port"})
"""What SQLAlchemy reads of the words behind the `?` of an address. The driver reads all others itself: given one by
one, as SQLAlchemy does it, `sslmode` and whatever else those who host PostgreSQL write there are refused."""
LIMIT_TRANSACTIONS = """
SELECT set_config('transaction_timeout', '{limit}', {this_one_alone})
WHERE current_setting('server_version_num')::int >= 170000
"""
"""Source: https://www.postgresql.org/docs/17/runtime-config-client.html (new in 17), 2026-11-21."""


def address(url: URL) -> URL:
    """The address as the driver reads it whole, in libpq's words: `ssl`, which is SQLAlchemy's, is `sslmode` there."""
    words = {"sslmode" if name == "ssl" else name: value for name, value in url.query.items()}
    return url.set(drivername="postgresql", query=words)


def engine(url: URL, pool_size: int) -> AsyncEngine:
    """The connections everybody shares."""
    made = _engine(url, _COMMAND_TIMEOUT_S, pool_size=pool_size, max_overflow=0, isolation_level="READ COMMITTED")

    @event.listens_for(made.sync_engine, "connect")
    def limit_transactions(adapted: Any, _record: object) -> None:  # noqa: ANN401  # SQLAlchemy's
        """Have the server end a transaction whose process was stopped in the middle of a statement's messages."""
        cursor = adapted.cursor()
        cursor.execute(LIMIT_TRANSACTIONS.format(limit=_TRANSACTION_MS, this_one_alone="false"))
        cursor.close()
        adapted.commit()

    @event.listens_for(made.sync_engine, "checkout")
    def refuse_closed(adapted: Any, _record: object, _proxy: object) -> None:  # noqa: ANN401  # SQLAlchemy's
        """A connection the server has closed meanwhile is replaced before anybody uses it."""
        if adapted.driver_connection.is_closed():
            raise DisconnectionError("the server closed this connection")

    _ = refuse_closed, limit_transactions
    return made


def migration_engine(url: URL) -> AsyncEngine:
    """Connections for changing the schema, where a step may take its time."""
    return _engine(url, _MIGRATION_STEP_S, poolclass=NullPool)


def _engine(url: URL, command_timeout_s: float, **options: Any) -> AsyncEngine:  # noqa: ANN401  # SQLAlchemy's
    places = {name: value for name, value in url.query.items() if name in _PLACES}
    return create_async_engine(
        url.set(drivername="postgresql+asyncpg", query=places),
        connect_args={
            "dsn": url.render_as_string(hide_password=False),
            "server_settings": {
                "application_name": "herald",
                "idle_in_transaction_session_timeout": str(_IDLE_IN_TRANSACTION_MS),
                "random_page_cost": _RANDOM_PAGE_COST,
            },
            "timeout": _CONNECT_TIMEOUT_S,
            "command_timeout": command_timeout_s,
        },
        hide_parameters=True,  # an error is logged, a post's text is not
        **options,
    )


class Idle:
    """The connections of the pool that nobody uses now.

    A firewall that forgot them, or a server that went without a word, leaves all of them silent at once, while new ones
    work. So where one says nothing, these are ended; the pool replaces them when somebody wants one.
    """

    def __init__(self, pooled: AsyncEngine) -> None:
        self._idle: set[ConnectionPoolEntry] = set()

        @event.listens_for(pooled.sync_engine, "checkout")
        def used(_adapted: object, record: ConnectionPoolEntry, _proxy: object) -> None:
            self._idle.discard(record)

        @event.listens_for(pooled.sync_engine, "checkin")
        def given_back(_adapted: object, record: ConnectionPoolEntry) -> None:
            self._idle.add(record)

        @event.listens_for(pooled.sync_engine, "handle_error")
        def not_answered(context: ExceptionContext) -> None:
            """SQLAlchemy would use the connection again, and first wait for the end of the statement."""
            if not isinstance(context.original_exception, TimeoutError):
                return
            context.is_disconnect, context.invalidate_pool_on_disconnect = True, False
            if context.connection is not None:
                _end(context.connection.connection.driver_connection)
            self.end()

        _ = used, given_back, not_answered

    def end(self) -> None:
        """Have all of them replaced."""
        for record in self._idle:
            _end(record.driver_connection)


def _end(driver_connection: Any) -> None:  # noqa: ANN401  # asyncpg's, which has no types
    if driver_connection is not None:
        driver_connection.terminate()
