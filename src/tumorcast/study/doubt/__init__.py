"""What a run holds against its own figures."""

from tumorcast.study.doubt.document import SCEPTICISM, write_scepticism
from tumorcast.study.doubt.trials import Trials

__all__ = ["SCEPTICISM", "Trials", "write_scepticism"]
