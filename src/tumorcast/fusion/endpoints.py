"""The endpoints of networks that come with tumorcast."""

from __future__ import annotations

from collections.abc import Callable

from tumorcast.fusion.binary_endpoint import BinaryEndpoint
from tumorcast.fusion.cox_endpoint import CoxEndpoint
from tumorcast.fusion.endpoint import Endpoint
from tumorcast.fusion.interval_endpoints import (
    CompetingRisksEndpoint,
    DiscreteTimeEndpoint,
    MtlrEndpoint,
)

ENDPOINTS: dict[str, Callable[[], Endpoint]] = {
    "binary": BinaryEndpoint,
    "cox": CoxEndpoint,
    "discrete_time": DiscreteTimeEndpoint,
    "mtlr": MtlrEndpoint,
    "competing_risks": CompetingRisksEndpoint,
}
"""Endpoints by name, each with its default settings."""
