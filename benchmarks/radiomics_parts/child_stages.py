"""Where our time goes: IMAGE MASK,MASK,... PARAMS RUNS -> JSON of CPU seconds a stage.

The stages are timed from without, by wrapping the functions that the extraction calls; each stage
is the median over the runs after the first, which loads the compiled kernels.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import SimpleITK as sitk  # noqa: N813

from tumorcast.imaging import Mask, Volume
from tumorcast.radiomics import Settings, extraction, measure
from tumorcast.radiomics.filters import IMAGE_FILTERS
from tumorcast.radiomics.inputs import Frame, Scan

spent: dict[str, float] = defaultdict(float)


def timed(stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function, its time counted."""

    def wrapped(*given: Any, **named: Any) -> Any:
        start = time.process_time()
        try:
            return function(*given, **named)
        finally:
            spent[stage] += time.process_time() - start

    return wrapped


def timed_steps(stage: str, generator: Callable[..., Iterator[Any]]) -> Callable[..., Any]:
    """Return the generator, the time of its steps counted and not that of its consumer."""

    def wrapped(*given: Any, **named: Any) -> Iterator[Any]:
        steps, done = generator(*given, **named), object()
        while (step := timed(stage, next)(steps, done)) is not done:
            yield step

    return wrapped


def with_shared_first(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the measurement, with what its classes share computed before and counted apart."""

    def wrapped(measurement: Any, features: Any) -> Any:
        timed("binning", lambda: measurement.levels)()
        timed("matrices of 13 directions", lambda: measurement.near)()
        return function(measurement, features)

    return wrapped


def watch() -> None:
    """Count the time of every stage from now on."""
    extraction.prepare = timed_steps("resampling", extraction.prepare)
    extraction.shape_features = timed("shape", extraction.shape_features)
    extraction.diagnostics_of = timed("diagnostics", extraction.diagnostics_of)
    extraction.facts_of_scan = timed("diagnostics", extraction.facts_of_scan)
    extraction.measure = with_shared_first(extraction.measure)
    for name, function in IMAGE_FILTERS.items():
        stage = name if name in {"LoG", "Wavelet"} else "other filters"
        IMAGE_FILTERS[name] = timed_steps(stage, function)
    named = {"firstorder": "first-order", "glszm": "zones"}
    for name, function in measure.FEATURE_CLASSES.items():
        measure.FEATURE_CLASSES[name] = timed(named.get(name, "texture formulas"), function)


def main() -> None:
    """Print the seconds of each stage, and what the floor has to know of the sizes."""
    settings = Settings.load(sys.argv[3])
    image = sitk.ReadImage(sys.argv[1])
    volume, frame = Volume.from_sitk(image, "HU"), Frame.of_image(image)
    masks = {path: Mask.from_sitk(sitk.ReadImage(path)) for path in sys.argv[2].split(",")}
    mask_frame = Frame.of_image(sitk.ReadImage(sys.argv[2].split(",")[0]))
    scan = Scan(volume, frame, masks, mask_frame)
    sizes = [sizes_of(each) for each in extraction.prepare(scan, settings.options)]
    watch()
    runs = []
    for _ in range(int(sys.argv[4])):
        spent.clear()
        timed("total", extraction.extract_regions)(scan, settings)
        runs.append(dict(spent))
    stages = {s: statistics.median(run.get(s, 0.0) for run in runs[1:]) for s in runs[-1]}
    stages["rest"] = 2 * stages["total"] - sum(stages.values())
    print(json.dumps({"stages": stages, "sizes": sizes}))


def sizes_of(prepared: Any) -> dict[str, int]:
    """Return the voxels of the padded grid, of the regions' box and of the regions."""
    source = extraction.FilterInput(
        prepared.array, prepared.spacing_mm, sum(prepared.masks.values()) > 0
    )
    return {
        "grid": prepared.array.size,
        "box": prepared.array[source.box].size,
        "region": int(sum(mask.sum() for mask in prepared.masks.values())),
    }


if __name__ == "__main__":
    main()
