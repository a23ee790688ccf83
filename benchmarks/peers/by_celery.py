# pyright: basic, reportMissingImports=false
# `make bench` installs the peers; whoever checks types need not have them.
"""celery with redis for a broker: a pool of threads, each with its own kept-alive connection; ids go to PostgreSQL.

With `quick_recovery` tasks are acknowledged late and redis gives back what was not acknowledged after 3 s (its default
is an hour). Posts for later are not to be used with that: celery holds them in the worker's memory, unacknowledged.
"""

import asyncio
import http.client
import json
import threading
import warnings
from datetime import UTC, datetime
from urllib.parse import urlsplit

from celery import Celery
from celery.platforms import SecurityWarning
from celery.signals import worker_ready
from psycopg_pool import ConnectionPool

from benchmarks.peers.job import make_table, obey
from benchmarks.peers.settings import Settings, bodies, due_or_now

_VISIBLE_AGAIN_S = 3
_WRITERS = 16


def fill(settings: Settings) -> None:
    """Send a task for each post."""
    asyncio.run(make_table(settings))
    app = _app(settings)
    due_s = due_or_now(settings)
    eta = datetime.fromtimestamp(due_s, UTC) if settings.due_s else None
    with app.connection_for_write() as connection:
        connection.default_channel.client.flushdb()
        producer = app.amqp.Producer(connection)
        for number, body in bodies(settings):
            app.send_task("post", args=(number, body), eta=eta, producer=producer)
    print(due_s, flush=True)


def serve(settings: Settings) -> None:
    """Work until the standard input ends."""
    app = _app(settings)
    here = threading.local()
    sink = urlsplit(settings.sink_url)
    with ConnectionPool(settings.database_url, min_size=_WRITERS, max_size=_WRITERS) as pool:

        @app.task(name="post", ignore_result=True)
        def _post(number: int, body: str) -> None:
            if not hasattr(here, "client"):
                here.client = http.client.HTTPConnection(sink.hostname or "", sink.port)
            here.client.request("POST", "/posts", body.encode(), {"content-type": "application/json"})
            answer = json.loads(here.client.getresponse().read())
            with pool.connection() as connection:
                connection.execute("UPDATE posted SET remote_id = %s WHERE number = %s", (answer["id"], number))

        worker_ready.connect(lambda **_: obey(), weak=False)
        app.Worker(
            pool="threads", concurrency=settings.in_flight, loglevel="ERROR", quiet=True,
            without_gossip=True, without_mingle=True,
        ).start()  # fmt: skip


def _app(settings: Settings) -> Celery:
    warnings.filterwarnings("ignore", category=SecurityWarning)  # of running as root, which a container does
    app = Celery("bench", broker=settings.broker_url)
    app.conf.update(
        task_ignore_result=True,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        broker_connection_retry_on_startup=True,
    )
    if settings.quick_recovery:
        app.conf.update(
            task_acks_late=True,
            task_reject_on_worker_lost=True,
            broker_transport_options={"visibility_timeout": _VISIBLE_AGAIN_S},
        )
    return app
