"""What a study that is only planned would report."""

from tumorcast.study.power.block_text import block_of, sizes_of
from tumorcast.study.power.planned import PlannedBlock, PlannedStudy
from tumorcast.study.power.power import PowerResult, power

__all__ = ["PlannedBlock", "PlannedStudy", "PowerResult", "block_of", "power", "sizes_of"]
