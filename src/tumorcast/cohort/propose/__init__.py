"""A first study file out of a table: every guess is marked, nothing is decided for good."""

from tumorcast.cohort.propose.study import Proposal, propose_study

__all__ = ["Proposal", "propose_study"]
