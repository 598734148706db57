"""Writes reference.json with the package shap (0.51, MIT) and LightGBM (4.7).

Usage, in an environment of its own: pip install shap lightgbm; python make_reference.py
"""

from __future__ import annotations

import json
from pathlib import Path

import lightgbm
import numpy as np
import shap
from sklearn.linear_model import LogisticRegression

random = np.random.default_rng(7)
background, rows = random.normal(size=(20, 6)).round(3), random.normal(size=(8, 6)).round(3)
training = random.normal(size=(300, 6))
odds = training[:, 0] - training[:, 1] * (training[:, 2] > 0) + 0.5 * training[:, 3] ** 2
label = (odds + random.normal(size=300) > 0.5).astype(int)

settings = {"objective": "binary", "num_leaves": 12, "verbosity": -1, "num_threads": 1, "seed": 1}
booster = lightgbm.train(settings, lightgbm.Dataset(training, label), num_boost_round=15)
trees = shap.TreeExplainer(booster, background, feature_perturbation="interventional")
linear = LogisticRegression().fit(training, label)
sums = shap.LinearExplainer(linear, background)

reference = {
    "background": background.tolist(),
    "rows": rows.tolist(),
    "trees": [tree["tree_structure"] for tree in booster.dump_model()["tree_info"]],
    "raw_score": booster.predict(rows, raw_score=True).tolist(),
    "tree_base": float(np.ravel(trees.expected_value)[-1]),
    "tree_values": np.asarray(trees.shap_values(rows)).tolist(),
    "coefficients": linear.coef_[0].tolist(),
    "linear_values": np.asarray(sums.shap_values(rows)).tolist(),
}
KEPT = {"split_feature", "threshold", "decision_type", "left_child", "right_child", "leaf_value"}


def pruned(node: dict) -> dict:
    return {
        name: pruned(value) if isinstance(value, dict) else value
        for name, value in node.items()
        if name in KEPT
    }


reference["trees"] = [pruned(tree) for tree in reference["trees"]]
Path(__file__).with_name("reference.json").write_text(json.dumps(reference) + "\n")
