"""Time the 1562 features against PyRadiomics, in one run, one core each.

    python benchmarks/radiomics.py --peer PYTHON_OF_PYRADIOMICS --data RESEARCH_DATA

The peer runs in an environment of its own (pyradiomics-bhklab 3.1.4), as one process on one core,
which is its fairest form: a second SimpleITK thread makes it slower. Both read the same crops of
the sarcoma cohort, resample to 1 mm and measure one region, then the tumour and four shells. Each
time is the smallest of some runs, in CPU seconds, so that a busy machine disturbs little.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ONE_CORE = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS": "1",
}
PATIENTS = {"small": "STS_019", "medium": "STS_012", "large": "STS_010", "huge": "STS_022"}
SHELLS_MM = ((0.0, 5.0), (5.0, 10.0), (-3.0, 0.0), (0.0, 2.0))

OURS = """
import json, resource, sys, time
import numpy as np, SimpleITK as sitk
from tumorcast.imaging import Mask, Volume
from tumorcast.radiomics import PRESETS
from tumorcast.radiomics.extraction import extract_regions
from tumorcast.radiomics.inputs import Frame, Scan
from dataclasses import replace
preset = PRESETS["hnscc-1562"]
settings = replace(preset, options=replace(preset.options, additional_info=False))
image, masks, runs = sitk.ReadImage(sys.argv[1]), sys.argv[2].split(","), int(sys.argv[3])
volume, frame = Volume.from_sitk(image, "HU"), Frame.of_image(image)
regions = {path: Mask.from_sitk(sitk.ReadImage(path)) for path in masks}
scan = Scan(volume, frame, regions, frame)
times = []
for _ in range(runs + 1):
    start = time.process_time()
    found = extract_regions(scan, settings)
    times.append(time.process_time() - start)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"seconds": min(times[1:]), "peak_mb": peak,
                  "values": [dict(each.values) for each in found.values()]}))
"""

PEER = """
import json, logging, resource, sys, time
import SimpleITK as sitk
from radiomics.featureextractor import RadiomicsFeatureExtractor
logging.disable(logging.CRITICAL)
image, masks, runs = sitk.ReadImage(sys.argv[1]), sys.argv[2].split(","), int(sys.argv[3])
regions = [sitk.ReadImage(path) for path in masks]
extractor = RadiomicsFeatureExtractor(json.loads(sys.argv[4]), additionalInfo=False)
times = []
for _ in range(runs):
    start = time.process_time()
    found = [extractor.execute(image, region) for region in regions]
    times.append(time.process_time() - start)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"seconds": min(times), "peak_mb": peak,
                  "values": [{k: float(v) for k, v in each.items()} for each in found]}))
"""


def timed(interpreter: str, program: str, *arguments: str) -> dict:
    """Return what the program prints, run alone on one core."""
    done = subprocess.run(
        [interpreter, "-W", "ignore", "-c", program, *arguments],
        env={**os.environ, **ONE_CORE}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout.splitlines()[-1])


def written_masks(mask_path: Path, folder: Path) -> list[str]:
    """Write the tumour and four shells; return their paths."""
    import SimpleITK as sitk  # noqa: N813, PLC0415

    tumor = sitk.ReadImage(str(mask_path)) == 1
    distance = sitk.SignedMaurerDistanceMap(
        tumor, squaredDistance=False, useImageSpacing=True, insideIsPositive=False
    )
    masks = [tumor, *((distance > low) & (distance <= high) for low, high in SHELLS_MM)]
    paths = [str(folder / f"{mask_path.name}.{number}.nrrd") for number in range(len(masks))]
    for mask, path in zip(masks, paths, strict=True):
        sitk.WriteImage(sitk.Cast(mask, sitk.sitkUInt8), path)
    return paths


def agreement(ours: dict, peer: dict) -> str:
    """Return how many features of the first region agree to 1e-6 relative."""
    pairs = [(ours["values"][0].get(name), value) for name, value in peer["values"][0].items()]
    close = sum(a is not None and abs(a - b) <= 1e-6 * abs(b) for a, b in pairs)
    return f"{close}/{len(pairs)}"


def main() -> None:
    """Print one line a size and number of regions."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer", default=os.environ.get("PYRADIOMICS_PYTHON"), required=False)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sizes", nargs="+", default=list(PATIENTS), choices=list(PATIENTS))
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    if not arguments.peer:
        parser.error("name the interpreter that has PyRadiomics: --peer, or PYRADIOMICS_PYTHON")
    from tumorcast.radiomics import PRESETS  # noqa: PLC0415

    params = PRESETS["hnscc-1562"].as_dict()
    del params["setting"]["intensityRange"], params["setting"]["minimumTextureVoxels"]
    layout = "{:8} {:>8} {:>8} {:>9} {:>9} {:>7} {:>8} {:>8} {:>10}"
    print(layout.format("size", "voxels", "regions", "peer s", "ours s", "times", "peer MB",
                        "ours MB", "agree"))  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        for size in arguments.sizes:
            patient = PATIENTS[size]
            stem = arguments.data / "sarcoma" / "images" / patient / f"{patient}__CT"
            masks = written_masks(Path(f"{stem}_mask.nii.gz"), Path(folder))
            for chosen in (masks[:1], masks):
                common = (f"{stem}.nii.gz", ",".join(chosen), str(arguments.runs))
                ours = timed(sys.executable, OURS, *common)
                peer = timed(arguments.peer, PEER, *common, json.dumps(params))
                voxels = round(ours["values"][0]["original_shape_VoxelVolume"])
                print(layout.format(
                    size, voxels, len(chosen), f"{peer['seconds']:.2f}", f"{ours['seconds']:.2f}",
                    f"{peer['seconds'] / ours['seconds']:.1f}x", f"{peer['peak_mb']:.0f}",
                    f"{ours['peak_mb']:.0f}", agreement(ours, peer),
                ), flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
