"""Clinical variables of patients with squamous cell carcinoma of the head and neck.

Marginals follow public cohorts of this disease (age 63 +- 10 years, three quarters men, mostly
oropharynx, two thirds of the tested oropharynx p16 positive). The size category (T) is left out:
it would be the tumour volume a second time. The N category shows as nodes and carries no risk, so
that what a crop sees of the neck cannot stand in for the clinical cause.
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

SITES = ("oropharynx", "larynx", "hypopharynx", "oral cavity", "nasopharynx")
_SITE_SHARE = (0.48, 0.22, 0.10, 0.13, 0.07)
_HPV_SHARE = (0.62, 0.06, 0.06, 0.08, 0.10)
SMOKING = ("never", "former", "current")
ALCOHOL = ("never", "moderate", "heavy")
N_STAGES = ("N0", "N1", "N2", "N3")


def _sample(rng: np.random.Generator, n: int) -> VariableDraw:
    site = rng.choice(len(SITES), size=n, p=_SITE_SHARE)
    male = rng.uniform(size=n) < 0.76
    lifestyle = rng.standard_normal(n)
    hpv = rng.uniform(size=n) < _hpv_probability(site, lifestyle)
    smoking_score = 0.75 * lifestyle + 0.66 * rng.standard_normal(n) - 0.35 * hpv + 0.1 * male
    smoking = np.digitize(smoking_score, [-0.75, 0.35])
    alcohol_score = 0.7 * lifestyle + 0.71 * rng.standard_normal(n) + 0.25 * male
    alcohol = np.digitize(alcohol_score, [-0.3, 0.85])
    pack_years = np.where(
        smoking == 0, 0.0, np.exp(3.25 + 0.35 * smoking_score + 0.45 * rng.standard_normal(n))
    )
    age = np.clip(63.0 + 9.8 * rng.standard_normal(n) - 3.5 * hpv, 22.0, 92.0)
    n_stage = np.digitize(rng.standard_normal(n), [-0.65, -0.15, 1.45])
    values: dict[str, Values] = {
        "age": np.round(age, 1),
        "sex": _texts(("female", "male"), male.astype(np.int64)),
        "smoking": _texts(SMOKING, smoking),
        "pack_years": np.rint(pack_years),
        "alcohol": _texts(ALCOHOL, alcohol),
        "site": _texts(SITES, site),
        "n_stage": _texts(N_STAGES, n_stage),
        "hpv": _texts(("negative", "positive"), hpv.astype(np.int64)),
    }
    index = (
        0.45 * (values["age"].astype(np.float64) - 60.0) / 10.0
        + 0.55 * smoking
        + 0.55 * alcohol
        - 0.85 * hpv
        + 0.25 * male
    )
    return VariableDraw(values, index, np.zeros(n))


def _hpv_probability(
    site: NDArray[np.int64], lifestyle: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return P(HPV positive), higher in the oropharynx and in those who smoke and drink less."""
    odds = np.asarray(_HPV_SHARE)[site] / (1.0 - np.asarray(_HPV_SHARE)[site])
    return odds / (odds + np.exp(0.7 * lifestyle))


def _texts(levels: tuple[str, ...], code: NDArray[np.int64]) -> NDArray[np.object_]:
    return np.array(levels, dtype=object)[code]


HEAD_NECK_VARIABLES = VariableSet(
    (
        Variable("age", number("years"),
                 "Age at diagnosis; 3.5 years lower with HPV."),
        Variable("sex", category(("female", "male")), "76% men."),
        Variable("smoking", ordinal(SMOKING),
                 "Tobacco; goes with alcohol and against HPV.", missing=0.03),
        Variable("pack_years", number("pack-years"),
                 "0 for never smokers, else log-normal and higher in heavy smokers. Carries no "
                 "risk beyond `smoking`.", missing=0.12),
        Variable("alcohol", ordinal(ALCOHOL), "Alcohol; goes with tobacco.", missing=0.04),
        Variable("site", category(SITES),
                 "Subsite of the tumour. Carries risk only through HPV."),
        Variable("n_stage", ordinal(N_STAGES),
                 "Nodal category: shows as enlarged nodes, carries no risk.", missing=0.01),
        Variable("hpv", category(("negative", "positive")),
                 "HPV (p16): 62% in the oropharynx, rare elsewhere.", missing=0.06),
    ),
    _sample,
)  # fmt: skip
"""Age, sex, smoking, pack-years, alcohol, subsite, N category and HPV."""
