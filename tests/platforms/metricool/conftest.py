"""Metricool's functions that a connector may lack, known to be there."""

from platforms.metricool.auth import login as LOGIN  # noqa: N812  # as the connector has them
from platforms.metricool.find import poll as POLL  # noqa: N812
from platforms.metricool.find import withdraw as WITHDRAW  # noqa: N812

__all__ = ["LOGIN", "POLL", "WITHDRAW"]
