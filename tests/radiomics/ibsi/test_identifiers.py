"""IBSI's permanent identifiers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tumorcast.errors import StudyRefusedError
from tumorcast.radiomics.ibsi import Config, extract, identifiers_of
from tumorcast.radiomics.ibsi.identifiers import IDENTIFIERS


def test_identifiers_as_the_manual_prints_them() -> None:
    assert identifiers_of("stat_mean") == ("Q4LE",)
    assert identifiers_of("morph_volume") == ("RNU0",)
    assert identifiers_of("cm_contrast_3D_avg") == ("ACUI", "ITBB")
    assert identifiers_of("cm_contrast_2_5D_avg") == ("ACUI", "JJUI")
    assert identifiers_of("szm_sze_2D") == ("5QRC", "8QNN")
    assert identifiers_of("ivh_v10") == identifiers_of("ivh_v90") == ("BC2M",)
    assert identifiers_of("ivh_i10") == identifiers_of("ivh_i90") == ("GBPN",)
    assert (len(IDENTIFIERS), len(set(IDENTIFIERS.values()))) == (169, 167)


def test_every_feature_has_one(scan: Callable[..., Any]) -> None:
    voxels = np.random.default_rng(1).integers(1, 5, (3, 4, 5)).astype(float)
    image, mask = scan(voxels)
    found = extract(image, mask, Config(dimensions=("2D", "3D")))
    given = {identifiers_of(tag)[0] for tag in found if not tag.endswith(("_img", "_roi"))}
    assert given == set(IDENTIFIERS.values())


def test_a_feature_that_ibsi_lacks_is_refused() -> None:
    with pytest.raises(StudyRefusedError, match=r"IBS-08.*cm_contrast"):
        identifiers_of("cm_contrst_3D_avg")
