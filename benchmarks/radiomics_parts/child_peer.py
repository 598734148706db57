"""Extract with PyRadiomics, in a process of its own: IMAGE MASK,MASK,... PARAMS RUNS -> JSON."""

from __future__ import annotations

import json
import logging
import sys
import time

import SimpleITK as sitk  # noqa: N813
from memory import peak_mb
from radiomics.featureextractor import RadiomicsFeatureExtractor


def main() -> None:
    """Print the CPU seconds of each run, the peak memory and the values."""
    logging.disable(logging.CRITICAL)
    extractor = RadiomicsFeatureExtractor(sys.argv[3])
    image = sitk.ReadImage(sys.argv[1])
    masks = [sitk.ReadImage(path) for path in sys.argv[2].split(",")]
    seconds = []
    for _ in range(int(sys.argv[4])):
        start = time.process_time()
        found = [extractor.execute(image, mask) for mask in masks]
        seconds.append(time.process_time() - start)
    values = [{name: float(value) for name, value in each.items()} for each in found]
    print(json.dumps({"seconds": seconds, "values": values, **peak_mb()}))


if __name__ == "__main__":
    main()
