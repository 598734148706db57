"""Do the maps of a network lie on the region that decides?

Simulated head and neck cancer: the outcome is whether a cause that shows in the tumour's texture,
or in its rim of 5 mm, is above the median. A network learns either from crops of the CT. For cases
that it has not seen, the table gives of each region the share of the integrated gradients' size,
the same in parts of the region's share of the voxels (density), and how far the mean sums of the
two outcomes lie apart.

    python -P benchmarks/planted_maps.py --cases 200 --size 16 --spacing 3
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from tumorcast.cohort import Outcome
from tumorcast.cohort.simulate import simulate
from tumorcast.encoders import CropExtractor
from tumorcast.explain.case_score import CaseScore
from tumorcast.explain.gradients import integrated_gradients
from tumorcast.features import CropBlock, FeatureTable, Ledger, ModelInputs
from tumorcast.fusion.network import NetworkModel
from tumorcast.fusion.train import TrainingSettings
from tumorcast.metrics import auroc

RIM_MM = 5.0
WINDOW_HU = (-160.0, 240.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--size", type=int, default=32, help="voxels along each side of a crop")
    parser.add_argument("--spacing", type=float, default=2.0, help="of the crop, in mm")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--maps", type=int, default=12)
    parser.add_argument("--seed", type=int, default=2026)
    options = parser.parse_args()
    simulated = simulate("hnscc-dm", n=options.cases, seed=options.seed)
    extractor = CropExtractor("ct", options.size, options.spacing, WINDOW_HU)
    crops = np.stack([extractor.extract(case) for case in simulated.cohort])
    ids = simulated.cohort.case_ids
    table = FeatureTable(pd.DataFrame({"clinical.none": np.zeros(len(ids))}, index=list(ids)))
    inputs = ModelInputs(table, {"ct": CropBlock.of(crops, np.ones(len(ids), dtype=bool))})
    train = np.arange(len(ids) * 4 // 5)
    held_out = np.arange(len(train), len(ids))
    for cause in ("texture", "rim"):
        known = simulated.truth.cause(cause)
        label = (known > np.median(known[train])).astype(np.int64)
        model = NetworkModel(
            ("ct",), "cnn3d", n_inner_folds=2,
            training=TrainingSettings(max_epochs=options.epochs, patience=options.epochs),
        )  # fmt: skip
        model.fit(
            inputs.rows(train), Outcome(ids, label).rows(train),
            horizon_days=np.inf, seed=1, ledger=Ledger(),
        )  # fmt: skip
        reached = auroc(label[held_out], model.predict_risk(inputs.rows(held_out)))
        print(f"{cause} decides: AUROC {reached:.2f} in {len(held_out)} new cases", flush=True)
        shown = held_out[: options.maps]
        rows = pd.DataFrame(
            [
                row
                for case in shown
                for row in by_region(model, inputs, crops, int(case), options.spacing)
            ]
        )
        event = rows["case"].map(dict(enumerate(label))) == 1
        with_event, without = (
            rows[here].groupby("region")["sum"].mean() for here in (event, ~event)
        )
        found = rows.groupby("region")[["share", "density"]].mean()
        print(found.assign(apart=(with_event - without).abs()).round(2).to_string())


def by_region(
    model: NetworkModel,
    inputs: ModelInputs,
    crops: NDArray[np.float16],
    case: int,
    spacing_mm: float,
) -> Iterator[dict[str, float | str]]:
    """Yield one row a region of one case."""
    score = CaseScore(model, inputs.rows(np.array([case])))
    values = integrated_gradients(score, max_pieces=0).maps["ct"].image
    size = np.abs(values) / np.abs(values).sum()
    tumor = crops[case, 1] > 0
    rim = ~tumor & (distance_transform_edt(~tumor, sampling=spacing_mm) <= RIM_MM)
    for region, where in (("tumor", tumor), ("rim", rim), ("elsewhere", ~tumor & ~rim)):
        share = float(size[where].sum())
        yield {
            "case": case, "region": region, "sum": float(values[where].sum()),
            "share": share, "density": share / float(where.mean()),
        }  # fmt: skip


if __name__ == "__main__":
    main()
