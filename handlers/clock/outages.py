"""Something fails again and again while a database or a disk is away: it is said once, and once when it works again."""

import logging


class Outages:
    """What fails at present."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._failing: set[str] = set()

    def failed(self, what: str, **fields: object) -> None:
        """It failed, with the exception being handled."""
        if what not in self._failing:
            self._log.exception(what, extra=fields)
        self._failing.add(what)

    def worked(self, what: str) -> None:
        """It worked."""
        if what in self._failing:
            self._log.info("no longer: %s", what)
        self._failing.discard(what)
