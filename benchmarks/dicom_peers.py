"""What a user would write without tumorcast; run by `dicom.py` in an environment of the peers.

Each line of standard input names a job and its folder; each line of output is the seconds that
passed, those that were computed, and the result.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import pydicom
import SimpleITK as sitk  # noqa: N813
from dcmrtstruct2nii import dcmrtstruct2nii
from rt_utils import RTStructBuilder


def index_pydicom(root: Path) -> int:
    series = defaultdict(list)
    for path in root.rglob("*.dcm"):
        data = pydicom.dcmread(path, stop_before_pixels=True)
        series[data.SeriesInstanceUID].append(path)
    return len(series)


def index_simpleitk(root: Path) -> int:
    reader, found = sitk.ImageSeriesReader(), {}
    for folder in sorted({path.parent for path in root.rglob("*.dcm")}):
        for uid in reader.GetGDCMSeriesIDs(str(folder)):
            found[uid] = reader.GetGDCMSeriesFileNames(str(folder), uid)
    return len(found)


def read_pydicom(root: Path) -> int:
    slices = [pydicom.dcmread(path) for path in (root / "ct").iterdir()]
    slices.sort(key=lambda data: float(data.ImagePositionPatient[2]))
    volume = np.stack(
        [one.pixel_array * float(one.RescaleSlope) + float(one.RescaleIntercept) for one in slices]
    )
    drawn = RTStructBuilder.create_from(str(root / "ct"), str(root / "rs.dcm"))
    return int(drawn.get_roi_mask_by_name("GTV").sum()) + 0 * volume.size


def read_simpleitk(root: Path) -> int:
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(root / "ct")))
    volume = sitk.GetArrayFromImage(reader.Execute())
    with tempfile.TemporaryDirectory() as made:
        dcmrtstruct2nii(str(root / "rs.dcm"), str(root / "ct"), made, gzip=False)
        mask = sitk.GetArrayFromImage(sitk.ReadImage(str(Path(made, "mask_GTV.nii"))))
    return int((mask > 0).sum()) + 0 * volume.size


def main() -> None:
    for line in sys.stdin:
        job, folder = line.rstrip("\n").split(" ", 1)
        started, computed = time.perf_counter(), time.process_time()
        result = globals()[job](Path(folder))
        seconds = time.perf_counter() - started, time.process_time() - computed
        print("RESULT", *seconds, result, flush=True)


if __name__ == "__main__":
    main()
