from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    confusion_matrix,
    log_loss,
    roc_auc_score,
)

from tumorcast.metrics import (
    balanced_accuracies,
    class_briers,
    class_log_losses,
    class_shares,
    class_table,
    macro_aurocs,
    weighted_aurocs,
)

Case = tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]


@pytest.fixture(scope="module", params=[3, 5])
def case(request: pytest.FixtureRequest) -> Case:
    """Return labels, probabilities and one set of whole weights."""
    rng = np.random.default_rng(request.param)
    n_classes: int = request.param
    label = rng.permutation(np.minimum(np.arange(60) % 7, n_classes - 1))
    probability = rng.dirichlet(np.ones(n_classes), size=60) + 0.3 * np.eye(n_classes)[label]
    probability /= probability.sum(axis=1, keepdims=True)
    return label, probability, rng.integers(0, 4, size=60).astype(np.float64)


def test_measures_are_those_of_scikit_learn(case: Case) -> None:
    label, probability, weight = case
    n_classes = probability.shape[1]
    called = probability.argmax(axis=1)
    for given in (np.ones(60), weight):
        rows = np.repeat(np.arange(60), given.astype(int))
        y, p = label[rows], probability[rows]
        w = given[np.newaxis]
        macro, weighted = (
            roc_auc_score(y, p, multi_class="ovr", average=how) for how in ("macro", "weighted")
        )
        assert macro_aurocs(label, probability, w) == pytest.approx([macro])
        assert weighted_aurocs(label, probability, w) == pytest.approx([weighted])
        assert class_log_losses(label, probability, w) == pytest.approx([log_loss(y, p)])
        correct = class_shares(called == label, np.ones(60, dtype=bool), w)
        assert correct == pytest.approx([accuracy_score(y, called[rows])])
        balanced = balanced_accuracies(label, called, n_classes, w)
        assert balanced == pytest.approx([balanced_accuracy_score(y, called[rows])])
    assert np.array_equal(class_table(label, called, n_classes), confusion_matrix(label, called))


def test_brier_by_hand() -> None:
    """Squared errors 0 and 0.25 + 0.25 + 0.5 ** 2 of two cases, the second counting thrice."""
    label = np.array([0, 2])
    probability = np.array([[1.0, 0.0, 0.0], [0.5, 0.0, 0.5]])
    assert class_briers(label, probability, np.array([[1.0, 1.0], [1.0, 3.0]])) == pytest.approx(
        [0.25, 0.375]
    )


def test_without_a_class_the_mean_over_classes_is_not_defined() -> None:
    label = np.array([0, 1, 2, 2])
    probability = np.full((4, 3), 1 / 3)
    without = np.array([[1.0, 0.0, 1.0, 1.0]])
    with np.errstate(invalid="ignore"):
        assert np.isnan(macro_aurocs(label, probability, without)).all()
        assert np.isnan(balanced_accuracies(label, label, 3, without)).all()


def test_a_certain_error_costs_much_but_not_everything() -> None:
    loss = class_log_losses(np.array([1]), np.array([[1.0, 0.0, 0.0]]), np.ones((1, 1)))
    assert 20 < loss[0] < 30
