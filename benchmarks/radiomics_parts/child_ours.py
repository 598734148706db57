"""Extract with tumorcast, in a process of its own: IMAGE MASK,MASK,... PARAMS RUNS -> JSON."""

from __future__ import annotations

import json
import sys
import time

import SimpleITK as sitk  # noqa: N813
from memory import peak_mb

from tumorcast.imaging import Mask, Volume
from tumorcast.radiomics import Settings
from tumorcast.radiomics.extraction import extract_regions
from tumorcast.radiomics.inputs import Frame, Scan


def main() -> None:
    """Print the CPU seconds of each run, the peak memory and the values."""
    settings = Settings.load(sys.argv[3])
    image = sitk.ReadImage(sys.argv[1])
    volume, frame = Volume.from_sitk(image, "HU"), Frame.of_image(image)
    masks = {path: Mask.from_sitk(sitk.ReadImage(path)) for path in sys.argv[2].split(",")}
    mask_frame = Frame.of_image(sitk.ReadImage(sys.argv[2].split(",")[0]))
    scan = Scan(volume, frame, masks, mask_frame)
    seconds = []
    for _ in range(int(sys.argv[4])):
        start = time.process_time()
        found = extract_regions(scan, settings)
        seconds.append(time.process_time() - start)
    values = [dict(each.values) for each in found.values()]
    print(json.dumps({"seconds": seconds, "values": values, **peak_mb()}))


if __name__ == "__main__":
    main()
