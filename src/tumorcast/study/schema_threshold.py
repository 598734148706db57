"""What the study file says of the threshold from which a case is called positive."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from tumorcast.cohort.declared import Declared
from tumorcast.metrics import ThresholdRule


class ThresholdAt(Declared):
    """A rule with a value. Exactly one key.

    Parameters
    ----------
    sensitivity
        The highest threshold with at least this sensitivity on the training rows.
    net_benefit
        The threshold with the largest net benefit on the training rows for people who would treat
        from this probability on.
    """

    sensitivity: Annotated[float, Field(gt=0, le=1)] | None = None
    net_benefit: Annotated[float, Field(gt=0, lt=1)] | None = None

    @model_validator(mode="after")
    def _one_rule(self) -> ThresholdAt:
        if (self.sensitivity is None) == (self.net_benefit is None):
            raise ValueError("a threshold has exactly one of sensitivity, net_benefit")
        return self


ThresholdSpec = Literal["youden"] | ThresholdAt


def threshold_rule(spec: ThresholdSpec) -> ThresholdRule:
    """Return the rule that the study file asks for."""
    if not isinstance(spec, ThresholdAt):
        return ThresholdRule(spec)
    if spec.sensitivity is not None:
        return ThresholdRule("sensitivity", spec.sensitivity)
    return ThresholdRule("net_benefit", spec.net_benefit)
