"""Clinical and laboratory values of patients with neuroendocrine tumours before PRRT.

Laboratory values are log-normal with the correlations that liver involvement makes. The clinical
cause is small (age, performance, grade); the laboratory cause is chromogranin A and gamma-GT with
some alkaline phosphatase.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tumorcast.cohort.simulate.variables import (
    Values,
    Variable,
    VariableDraw,
    VariableSet,
    category,
    number,
    ordinal,
)

PRIMARIES = ("small bowel", "pancreas", "other", "unknown")
GRADES = ("G1", "G2", "G3")


def _sample(rng: np.random.Generator, n: int) -> VariableDraw:
    male = rng.uniform(size=n) < 0.55
    age = np.clip(63.0 + 10.5 * rng.standard_normal(n), 25.0, 88.0)
    primary = rng.choice(len(PRIMARIES), size=n, p=(0.47, 0.30, 0.15, 0.08))
    grade = np.digitize(rng.standard_normal(n), [-0.35, 1.5])
    karnofsky = 10.0 * np.clip(np.round(8.9 + 0.9 * rng.standard_normal(n)), 5, 10)
    liver = rng.standard_normal(n)
    cga = _log_normal(rng, 420.0, 1.35, liver, 0.55)
    ggt = _log_normal(rng, 75.0, 0.95, liver, 0.60)
    alp = _log_normal(rng, 105.0, 0.50, liver, 0.65)
    ldh = _log_normal(rng, 215.0, 0.22, liver, 0.35)
    hemoglobin = 13.1 + 0.8 * male + 1.4 * rng.standard_normal(n) - 0.3 * liver
    albumin = 42.0 + 3.6 * rng.standard_normal(n) - 1.0 * liver
    creatinine = _log_normal(rng, 0.86, 0.25, liver, 0.0) * np.where(male, 1.08, 0.9)
    values: dict[str, Values] = {
        "age": np.round(age, 1),
        "sex": np.where(male, "male", "female").astype(object),
        "primary": np.array(PRIMARIES, dtype=object)[primary],
        "grade": np.array(GRADES, dtype=object)[grade],
        "karnofsky": karnofsky,
        "cga": np.round(cga, 1),
        "ggt": np.round(ggt, 0),
        "alp": np.round(alp, 0),
        "ldh": np.round(ldh, 0),
        "hemoglobin": np.clip(np.round(hemoglobin, 1), 6.5, 18.0),
        "albumin": np.clip(np.round(albumin, 1), 22.0, 54.0),
        "creatinine": np.round(creatinine, 2),
    }
    clinical = 0.35 * (age - 63.0) / 10.5 + 0.6 * grade - 0.6 * (karnofsky - 89.0) / 9.0
    laboratory = (
        0.70 * np.log(cga / 420.0) / 1.35
        + 0.60 * np.log(ggt / 75.0) / 0.95
        + 0.20 * np.log(alp / 105.0) / 0.50
    )
    return VariableDraw(values, clinical, laboratory)


def _log_normal(
    rng: np.random.Generator,
    median: float,
    log_sd: float,
    shared: NDArray[np.float64],
    loading: float,
) -> NDArray[np.float64]:
    """Draw log-normal values whose logarithm has the correlation `loading` with `shared`."""
    own = rng.standard_normal(len(shared))
    values: NDArray[np.float64] = median * np.exp(
        log_sd * (loading * shared + np.sqrt(1.0 - loading**2) * own)
    )
    return values


NET_VARIABLES = VariableSet(
    (
        Variable("age", number("years"), "Age at the first cycle."),
        Variable("sex", category(("female", "male")), "55% men."),
        Variable("primary", category(PRIMARIES), "Site of the primary. Carries no risk."),
        Variable("grade", ordinal(GRADES), "WHO grade from Ki-67.", missing=0.04),
        Variable("karnofsky", number("%"), "Performance status, lower is worse.", missing=0.03),
        Variable("cga", number("ug/L", "lab"), "Chromogranin A.", missing=0.06),
        Variable("ggt", number("U/L", "lab"), "Gamma-glutamyl transferase.", missing=0.04),
        Variable("alp", number("U/L", "lab"), "Alkaline phosphatase.", missing=0.04),
        Variable("ldh", number("U/L", "lab"), "Lactate dehydrogenase. Carries no risk.",
                 missing=0.05),
        Variable("hemoglobin", number("g/dL", "lab"), "Haemoglobin. Carries no risk.",
                 missing=0.02),
        Variable("albumin", number("g/L", "lab"), "Albumin. Carries no risk.", missing=0.10),
        Variable("creatinine", number("mg/dL", "lab"), "Creatinine. Carries no risk.",
                 missing=0.02),
    ),
    _sample,
)  # fmt: skip
"""Age, sex, primary, grade, performance and seven laboratory values."""
