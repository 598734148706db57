"""Why the models of a finished run predict what they predict."""

from tumorcast.study.explaining.explain import ExplanationResult, explain

__all__ = ["ExplanationResult", "explain"]
