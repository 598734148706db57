"""Rows 30 to 34: a PET whose SUV cannot be computed is never given a default."""

from __future__ import annotations

from typing import Any

import pytest
from pydicom.dataset import Dataset
from tests.bad_inputs.conftest import SPOILED, Export, the
from tests.imaging.dicom.conftest import Edit

from tumorcast.imaging import Geometry, read_mask, write_mask
from tumorcast.imaging.mask import Mask

LOST = "it is never guessed"


def without(keyword: str) -> Any:
    def change(data: Dataset, i: int) -> None:
        injection = data.RadiopharmaceuticalInformationSequence[0]
        delattr(injection if keyword in injection else data, keyword)

    return change


def with_value(**values: Any) -> Any:
    def change(data: Dataset, i: int) -> None:
        injection = data.RadiopharmaceuticalInformationSequence[0]
        for keyword, value in values.items():
            setattr(injection if keyword in injection else data, keyword, value)

    return change


@pytest.mark.parametrize(
    ("keyword", "tag"),
    [
        ("PatientWeight", "(0010,1030)"),
        ("RadionuclideTotalDose", "(0018,1074)"),
        ("RadionuclideHalfLife", "(0018,1075)"),
    ],
)
def test_row_30_a_missing_element(pet: Export, keyword: str, tag: str) -> None:
    pet.edit(without(keyword))
    the(pet.check(), "SUV-01", "excluded", found=tag, fix=LOST, file=SPOILED)


def test_row_30_no_time_of_injection(pet: Export) -> None:
    def timeless(data: Dataset, i: int) -> None:
        injection = data.RadiopharmaceuticalInformationSequence[0]
        del injection.RadiopharmaceuticalStartDateTime, injection.RadiopharmaceuticalStartTime

    pet.edit(timeless)
    finding = the(pet.check(), "SUV-04", "excluded", found="", fix=LOST, file=SPOILED)
    assert finding.expected == "the time of administration"


def test_row_31_counts_without_philips_factors(pet: Export) -> None:
    pet.edit(with_value(Units="CNTS"))
    the(
        pet.check(),
        "SUV-02",
        "excluded",
        found="CNTS with neither Philips' activity factor (7053,1009)",
        fix="private elements kept",
        file=SPOILED,
    )


def test_row_31_counts_with_philips_factor_are_read(pet: Export) -> None:
    def philips(data: Dataset, i: int) -> None:
        data.Units = "CNTS"
        data.add_new(0x70530010, "LO", "Philips PET Private Group")
        data.add_new(0x70531009, "DS", "1.1")

    pet.edit(philips)
    assert pet.check().findings == ()


def test_row_32_decay_correction_that_is_not_said(pet: Export) -> None:
    pet.edit(with_value(DecayCorrection="LATER"))
    the(
        pet.check(),
        "SUV-03",
        "excluded",
        found="Decay Correction (0054,1102): 'LATER'",
        fix="export the series with this element kept",
        file=SPOILED,
    )


def test_row_32_a_date_that_does_not_fit(pet: Export) -> None:
    pet.edit(with_value(RadiopharmaceuticalStartDateTime="19990101100000"))
    the(
        pet.check(),
        "SUV-04",
        "warning",
        found="whose date does not fit the scan",
        fix="only the time of day was used",
        file=SPOILED,
    )


def test_row_32_uptake_across_midnight_is_read(pet: Export) -> None:
    pet.edit(
        with_value(
            SeriesDate="20200302",
            AcquisitionDate="20200302",
            SeriesTime="003000",
            AcquisitionTime="003000",
            RadiopharmaceuticalStartDateTime="20200301233000",
            RadiopharmaceuticalStartTime="233000",
        )
    )
    assert pet.check().findings == ()


@pytest.mark.parametrize(
    ("values", "code", "consequence", "found"),
    [
        ({"PatientWeight": 0.0}, "SUV-01", "excluded", "Patient's Weight (0010,1030)"),
        ({"PatientWeight": 900.0}, "SUV-05", "excluded", "900"),
        ({"PatientWeight": 80_000.0}, "SUV-06", "repaired", "80000"),
        ({"RadionuclideTotalDose": 400.0}, "SUV-06", "repaired", "400"),
        ({"RescaleIntercept": -5.0}, "SUV-10", "excluded", "Rescale Intercept (0028,1052) -5"),
        ({"RadionuclideTotalDose": 6e9}, "SUV-08", "warning", "a mean SUV of 0.0"),
    ],
)
def test_row_33_implausible_weight_dose_or_scale(
    pet: Export, values: dict[str, float], code: str, consequence: str, found: str
) -> None:
    pet.edit(with_value(**values))
    the(pet.check(), code, consequence, found=found, fix="", file=SPOILED)


def test_row_33_a_body_without_any_uptake(pet: Export) -> None:
    pet.edit(with_value(RescaleSlope=1e-4))
    the(
        pet.check(),
        "SUV-08",
        "excluded",
        found="a mean SUV of",
        fix="check dose (0018,1074), weight (0010,1030) and their units",
        file=SPOILED,
    )


def test_row_34_a_mask_in_another_frame_of_reference(pet: Export) -> None:
    mask = read_mask(pet.mask())
    grid = mask.geometry
    far = Geometry.from_parts(
        grid.shape, grid.spacing_mm, grid.direction, (400.0, 400.0, 400.0), "1.9.9"
    )
    write_mask(Mask(mask.array, far), pet.mask())
    the(
        pet.check(),
        "MSK-08",
        "excluded",
        found="whose corners lie up to",
        fix="register the two first",
        file=SPOILED,
    )


def test_units_of_the_export_are_never_read_from_one_slice_alone(pet: Export) -> None:
    with Edit(pet.slices()[4]) as data:
        data.PatientWeight = 0.0
    the(pet.check(), "SUV-01", "excluded", found="(0010,1030)", fix=LOST, file="04.dcm")
