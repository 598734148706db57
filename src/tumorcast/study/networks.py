"""What must hold between the crops of a study and the networks that see them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tumorcast.cohort.lesions import MERGES, TUMOR
from tumorcast.errors import Finding
from tumorcast.study.schema import Arm, CropSpec, LesionSpec, StudyFile


def network_findings(file: StudyFile, arms: Mapping[str, Arm]) -> Iterator[Finding]:
    """Judge crops and networks.

    ``PLN-04`` a crop that goes by another image's tumour where that is no union; ``PLN-08``
    images as channels of one encoder whose crops are not on one grid.
    """
    tumor = file.lesions.get(TUMOR, LesionSpec()).aggregate
    merge = next((name for name in tumor if name in MERGES), "union")
    for image, crop in file.crops.items():
        if crop.grid_of is not None and merge != "union":
            yield Finding(
                "PLN-04",
                "refused",
                f"crops.{image}.grid_of goes by the union of the lesions, "
                f"but lesions.tumor.aggregate is {', '.join(tumor)}",
                "union before other ways to make one mask",
                "put union first in lesions.tumor.aggregate, or leave out `grid_of`",
            )
    for name, arm in arms.items():
        network = arm.network
        if network is None or network.join != "channels":
            continue
        grids = {_grid(image, file.crops[image]) for image in network.images if image in file.crops}
        if len(grids) > 1:
            yield Finding(
                "PLN-08",
                "refused",
                f"arms.{name}.network joins {', '.join(network.images)} as channels, but their "
                "crops lie on different grids",
                "equal size_voxels and spacing_mm, and one image whose tumour all go by",
                f"give the crops one size and spacing and all but the first "
                f"`grid_of: {network.images[0]}`, or join: branches",
            )


def _grid(image: str, crop: CropSpec) -> tuple[object, ...]:
    return crop.size_voxels, crop.spacing_mm, crop.grid_of or image
