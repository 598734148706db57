"""Air around the patient, air within, a mattress and a couch."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tumorcast.imaging import Geometry, Volume, body_mask
from tumorcast.imaging.body import pieces_touching, room_air


@pytest.fixture
def thorax() -> Volume:
    """Return a body of 3 slices with a lung of -800 HU and an airway of -1000 HU, on a couch."""
    hu = np.full((3, 30, 40), -1000, dtype=np.int16)
    hu[:, 4:24, 5:35] = 40
    hu[:, 8:20, 8:18] = -800
    hu[:, 12:15, 25:28] = -1000
    hu[:, 27, 2:38] = 200
    return Volume(hu, Geometry.of_spacing(hu.shape, (3.0, 2.0, 2.0)), "HU")


def test_enclosed_air_is_body(thorax: Volume) -> None:
    air = room_air(thorax)
    assert not air[:, 4:24, 5:35].any()
    assert air[:, :4].all()
    assert air[:, 24:27].all()


def test_the_couch_is_not_body(thorax: Volume) -> None:
    expected = np.zeros(thorax.geometry.shape, dtype=bool)
    expected[:, 4:24, 5:35] = True
    assert np.array_equal(body_mask(thorax).array, expected)


def test_a_mattress_is_room_air(thorax: Volume) -> None:
    hu = np.array(thorax.array)
    hu[:, 24:27] = -750
    assert room_air(replace(thorax, array=hu))[:, 24:27].all()


def test_lung_cut_open_by_a_crop_counts_as_room_air(thorax: Volume) -> None:
    air = room_air(thorax.crop((0, 0, 0), (3, 30, 12)))
    assert air[:, 8:20, 8:12].all()
    assert not air[:, 8:20, 5:8].any()


def test_slices_are_found_along_any_axis(thorax: Volume) -> None:
    for order, back in (((1, 2, 0), (2, 0, 1)), ((2, 1, 0), (2, 1, 0))):
        turned = room_air(thorax.permute(order))
        assert np.array_equal(np.transpose(turned, back), room_air(thorax))


def test_only_ct_knows_its_body(thorax: Volume) -> None:
    assert body_mask(replace(thorax, unit="SUVbw")).array.all()


def test_pieces_are_taken_by_what_they_touch() -> None:
    inside = np.array([[[1, 1, 0, 1, 0, 1]]], dtype=bool)
    seed = np.array([[[0, 1, 1, 0, 0, 1]]], dtype=bool)
    assert pieces_touching(seed, inside).astype(int).tolist() == [[[1, 1, 0, 0, 0, 1]]]
