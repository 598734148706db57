"""Write cases.csv: three made cohorts with ties, censoring and competing events.

python make_cases.py
"""

import csv
from pathlib import Path

import numpy as np


def cohort(name: str, n: int, seed: int, *, kinds: int, round_to: int) -> list[dict[str, object]]:
    """Return cases whose events come the earlier the higher the risk; coarse days make ties."""
    rng = np.random.default_rng(seed)
    risk = np.round(rng.normal(size=n), 1)
    reference = np.round(0.6 * risk + rng.normal(size=n), 1)
    days = [
        rng.exponential(1500, n),
        rng.exponential(700 * np.exp(-risk)),
        rng.exponential(1600, n),
    ]
    time = np.stack(days[:kinds])
    event = time.argmin(axis=0)
    shown = np.maximum(np.round(time.min(axis=0), round_to), 10.0 ** -min(round_to, 0))
    # Overconfident on purpose, so that calibration has something to find.
    probability = np.round(1 / (1 + np.exp(-(1.6 * risk - 0.6))), 4)
    other = np.round(1 / (1 + np.exp(-(0.8 * reference - 0.9))), 4)
    return [
        {
            "cohort": name,
            "event": int(event[row]),
            "time_days": float(shown[row]),
            "risk": float(risk[row]),
            "reference": float(reference[row]),
            "probability": float(probability[row]),
            "other": float(other[row]),
        }
        for row in range(n)
    ]


def main() -> None:
    """Write the file beside this script."""
    rows = [
        *cohort("survival", 120, 11, kinds=2, round_to=1),
        *cohort("tied", 90, 12, kinds=2, round_to=-2),
        *cohort("competing", 140, 13, kinds=3, round_to=1),
    ]
    with Path(__file__).with_name("cases.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
