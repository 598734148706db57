"""Time voxel maps against PyRadiomics' voxel-based mode, in one run, one core each.

    python benchmarks/voxel_maps.py --peer PYTHON_OF_PYRADIOMICS --data RESEARCH_DATA

The peer runs in an environment of its own (pyradiomics-bhklab 3.1.4). Both read the same files and
map every feature of the six classes on the unfiltered image, but for GLCM MCC, which the peer
computes at single voxels only. The two take turns, and the ratio is the median over the turns, of
CPU seconds, so that a busy machine disturbs little. The peer takes 1000 voxels at a time, without
which its matrices do not fit into memory. Values are compared at the voxels at which the peer has
one.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

ONE_CORE = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS": "1",
}
CASES = {
    "pet": ("sarcoma/images/STS_008/STS_008__PT.nii.gz",
            "sarcoma/images/STS_008/STS_008__PT_mask.nii.gz", {"binWidth": 0.25}),
    "brain": ("pyradiomics_cases/brain1_image.nrrd",
              "pyradiomics_cases/brain1_label.nrrd", {"binWidth": 25}),
    "ct": ("sarcoma/images/STS_002/STS_002__CT.nii.gz",
           "sarcoma/images/STS_002/STS_002__CT_mask.nii.gz", {"binWidth": 25}),
}  # fmt: skip

OURS = """
import json, resource, sys, time
import numpy as np
from tumorcast.radiomics import voxel_maps
params = json.loads(sys.argv[3])
params["voxelSetting"].pop("voxelBatch")
voxel_maps(sys.argv[1], sys.argv[2], params=params)
start = time.process_time()
maps = voxel_maps(sys.argv[1], sys.argv[2], params=params)
seconds = time.process_time() - start
np.savez(sys.argv[4], **{name: maps[name].array for name in maps})
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"seconds": seconds, "peak_mb": peak, "voxels": maps.region.n_voxels}))
"""

PEER = """
import json, logging, resource, sys, time
import numpy as np, SimpleITK as sitk
from radiomics.featureextractor import RadiomicsFeatureExtractor
logging.disable(logging.CRITICAL)
extractor = RadiomicsFeatureExtractor(json.loads(sys.argv[3]), additionalInfo=False)
start = time.process_time()
found = extractor.execute(sys.argv[1], sys.argv[2], voxelBased=True)
seconds = time.process_time() - start
np.savez(sys.argv[4], **{name: sitk.GetArrayFromImage(image) for name, image in found.items()})
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"seconds": seconds, "peak_mb": peak}))
"""


def timed(interpreter: str, program: str, *arguments: str) -> dict:
    """Return what the program prints, run alone on one core."""
    done = subprocess.run(
        [interpreter, "-W", "ignore", "-c", program, *arguments],
        env={**os.environ, **ONE_CORE}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout.splitlines()[-1])


def params_of(setting: dict, radius: int) -> dict:
    """Return the parameter file of one case and kernel."""
    from tumorcast.radiomics import Settings  # noqa: PLC0415

    features = {n: list(f) for n, f in Settings().features.items() if n != "shape"}
    features["glcm"].remove("MCC")
    return {
        "setting": setting,
        "voxelSetting": {"kernelRadius": radius, "initValue": "nan", "voxelBatch": 1000},
        "imageType": {"Original": {}},
        "featureClass": features,
    }


def agreement(ours: str, peer: str) -> str:
    """Return the share of the peer's values that ours equal to 1e-6 relative."""
    close = total = 0
    with np.load(ours) as found, np.load(peer) as judged:
        for name in judged:
            known = np.isfinite(judged[name])
            same = np.isclose(found[name][known], judged[name][known], rtol=1e-6, atol=1e-12)
            close, total = close + int(same.sum()), total + same.size
    return f"{close}/{total}"


def main() -> None:
    """Print one line a case and kernel."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer", default=os.environ.get("PYRADIOMICS_PYTHON"))
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cases", nargs="+", default=list(CASES), choices=list(CASES))
    parser.add_argument("--radii", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--turns", type=int, default=3)
    arguments = parser.parse_args()
    if not arguments.peer:
        parser.error("name the interpreter that has PyRadiomics: --peer, or PYRADIOMICS_PYTHON")
    layout = "{:8} {:>7} {:>7} {:>9} {:>9} {:>7} {:>8} {:>8} {:>18}"
    print(layout.format("case", "voxels", "radius", "peer s", "ours s", "times", "peer MB",
                        "ours MB", "agree"))  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        files = [str(Path(folder) / f"{side}.npz") for side in ("ours", "peer")]
        for case in arguments.cases:
            image, mask, setting = CASES[case]
            paths = (str(arguments.data / image), str(arguments.data / mask))
            for radius in arguments.radii:
                given = (*paths, json.dumps(params_of(setting, radius)))
                turns = [
                    (timed(sys.executable, OURS, *given, files[0]),
                     timed(arguments.peer, PEER, *given, files[1]))
                    for _ in range(arguments.turns)
                ]  # fmt: skip
                ratio = statistics.median(p["seconds"] / o["seconds"] for o, p in turns)
                ours, peer = (min(t[k]["seconds"] for t in turns) for k in (0, 1))
                print(layout.format(
                    case, turns[0][0]["voxels"], radius, f"{peer:.2f}", f"{ours:.3f}",
                    f"{ratio:.0f}x", f"{turns[0][1]['peak_mb']:.0f}",
                    f"{turns[0][0]['peak_mb']:.0f}", agreement(*files),
                ), flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
