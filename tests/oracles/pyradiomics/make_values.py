"""Ask PyRadiomics for the reference values; run it with PyRadiomics' interpreter.

    python make_values.py RESEARCH_DATA [SET ...]

The judge is pyradiomics-bhklab 3.1.4 with SciPy 1.15, trimesh and scikit-image, without which
its LBP images vanish in silence. Each set becomes one ``values_SET.json.gz``:
``{case: {feature: value}}`` with 17 significant digits.
"""

from __future__ import annotations

import gzip
import json
import logging
import sys
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any

from cases import SETS, OracleCase

radiomics: Any = import_module("radiomics")
judge: Any = import_module("radiomics.featureextractor")
HERE = Path(__file__).parent


def values_of(case: OracleCase, data: Path) -> dict[str, float]:
    """Return what PyRadiomics finds for one case."""
    image, mask = case.read(data)
    extractor = judge.RadiomicsFeatureExtractor(case.params, additionalInfo=False)
    found = extractor.execute(image, mask)
    return {name: float(value) for name, value in found.items()}


def main() -> None:
    """Write the sets named on the command line, or all of them."""
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    data = Path(sys.argv[1])
    for name in sys.argv[2:] or SETS:
        values = {}
        for case in SETS[name]():
            values[case.name] = values_of(case, data)
            print(name, case.name, len(values[case.name]), flush=True)
        text = json.dumps({"judge": radiomics.__version__, "values": values}, indent=0)
        with gzip.GzipFile(HERE / f"values_{name}.json.gz", "wb", mtime=0) as file:
            file.write(text.encode())


if __name__ == "__main__":
    main()
