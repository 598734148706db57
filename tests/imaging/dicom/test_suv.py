"""PET to SUVbw, computed by hand for each branch of the flowchart."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset

from tumorcast.errors import BadInputError, Finding
from tumorcast.imaging import read_mask, read_volume
from tumorcast.imaging.dicom.body_size import (
    ideal_weight,
    james,
    james_128,
    janmahasatian,
    surface_cm2,
)
from tumorcast.imaging.dicom.header import read_header

SeriesMaker = Callable[..., list[Path]]
Change = Callable[[Dataset, int], None]

ADMIN_SUV = 5000 * 80_000 / 4e8
START_SUV = ADMIN_SUV * 2 ** (1 / 2)
"""One hour from injection to reference, with a half-life of two."""

DOSE_KEYWORDS = {
    "RadionuclideTotalDose", "RadionuclideHalfLife", "RadiopharmaceuticalStartDateTime",
    "RadiopharmaceuticalStartTime",
}  # fmt: skip


def setting(**values: Any) -> Change:
    """Return a change of elements; None deletes one."""

    def change(data: Dataset, i: int) -> None:
        for keyword, value in values.items():
            holder = data
            if keyword in DOSE_KEYWORDS:
                holder = data.RadiopharmaceuticalInformationSequence[0]
            if value is None:
                delattr(holder, keyword)
            else:
                setattr(holder, keyword, value)

    return change


def suv(paths: list[Path], findings: list[Finding] | None = None) -> float:
    volume = read_volume(paths[0].parent, findings=findings)
    assert volume.unit == "SUVbw"
    assert np.ptp(volume.array) == 0
    return float(volume.array[0, 0, 0])


def mean_activity_s(half_life_s: float = 7200.0, duration_s: float = 300.0) -> float:
    rate = math.log(2) / half_life_s
    return math.log(rate * duration_s / (1 - math.exp(-rate * duration_s))) / rate


LATER = {"SeriesTime": "120000", "AcquisitionTime": "110000"}
GE, SIEMENS = {"Manufacturer": "GE MEDICAL SYSTEMS"}, {"Manufacturer": "SIEMENS"}


def decayed(uptake_s: float) -> float:
    return float(ADMIN_SUV * 2 ** (uptake_s / 7200))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, START_SUV),
        ({"DecayCorrection": "ADMIN"}, ADMIN_SUV),
        ({"DecayCorrection": "NONE"}, decayed(3600 + mean_activity_s())),
        (LATER, decayed(3600 + mean_activity_s() - 150)),
        (LATER | SIEMENS, decayed(3600 + mean_activity_s() - 150)),
        (LATER | GE, decayed(3600 - 150)),
        ({"RadiopharmaceuticalStartTime": None}, START_SUV),
        ({"RadiopharmaceuticalStartDateTime": None}, START_SUV),
        ({"RadionuclideTotalDose": 400.0}, START_SUV),
        ({"PatientWeight": 80_000.0}, START_SUV),
        ({"RadiopharmaceuticalStartDateTime": "20200301100000.000000+0000"}, START_SUV),
        (
            {
                "RadiopharmaceuticalStartDateTime": "20200301090000+0000",
                "TimezoneOffsetFromUTC": "+0100",
            },
            START_SUV,
        ),
    ],
)
def test_activity_becomes_suv(
    make_pet: SeriesMaker, change: dict[str, Any], expected: float
) -> None:
    assert suv(make_pet(setting(**change))) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("maker", "tag", "creator"),
    [(GE, 0x0009100D, "GEMS_PETD_01"), (SIEMENS, 0x00711022, "SIEMENS MED PT")],
)
def test_the_scanners_own_time_comes_first(
    make_pet: SeriesMaker, maker: dict[str, str], tag: int, creator: str
) -> None:
    def change(data: Dataset, i: int) -> None:
        setting(**LATER, **maker)(data, i)
        data.add_new((tag >> 16 << 16) | 0x10, "LO", creator)
        data.add_new(tag, "DT", "20200301104500")

    assert suv(make_pet(change)) == pytest.approx(decayed(45 * 60), rel=1e-6)


@pytest.mark.parametrize(
    ("maker", "stated", "expected"),
    [
        (GE, "20200301100000.00", START_SUV),
        (GE, "20200301093000.00", decayed(1.5 * 3600)),
        (GE, "19990101100000.00", START_SUV),
        (SIEMENS, "20200301100000.00", None),
    ],
)
def test_ges_own_administration_time_counts_where_dicoms_are_absent(
    make_pet: SeriesMaker, maker: dict[str, str], stated: str, expected: float | None
) -> None:
    def change(data: Dataset, i: int) -> None:
        absent = ("RadiopharmaceuticalStartDateTime", "RadiopharmaceuticalStartTime")
        setting(**maker, **dict.fromkeys(absent), RadionuclideHalfLife=7200.0)(data, i)
        data.add_new(0x00090010, "LO", "GEMS_PETD_01")
        data.add_new(0x0009103B, "DT", stated)

    paths = make_pet(change)
    if expected is None:
        with pytest.raises(BadInputError, match="SUV-04"):
            suv(paths)
    else:
        assert suv(paths) == pytest.approx(expected, rel=1e-6)


def test_the_acquisition_may_be_dated_by_one_element(make_pet: SeriesMaker) -> None:
    def change(data: Dataset, i: int) -> None:
        del data.AcquisitionDate, data.AcquisitionTime
        data.AcquisitionDateTime = "20200301110000"

    assert suv(make_pet(change)) == pytest.approx(START_SUV, rel=1e-6)


def test_another_makers_private_element_is_no_time(make_pet: SeriesMaker) -> None:
    def change(data: Dataset, i: int) -> None:
        data.add_new(0x00090010, "LO", "GEMS_PETD_01")
        data.add_new(0x0009100D, "DT", "20200301104500")

    assert suv(make_pet(change)) == pytest.approx(START_SUV, rel=1e-6)


def test_without_decay_correction_each_slice_has_its_own_time(make_pet: SeriesMaker) -> None:
    def change(data: Dataset, i: int) -> None:
        data.DecayCorrection = "NONE"
        data.AcquisitionTime = f"11{5 * i:02d}00"

    volume = read_volume(make_pet(change)[0].parent)
    expected = [decayed(3600 + 300 * i + mean_activity_s()) for i in range(3)]
    np.testing.assert_allclose(volume.array[:, 0, 0], expected, rtol=1e-6)


@pytest.mark.parametrize(
    "times",
    [
        {"RadiopharmaceuticalStartDateTime": "20200229233000"},
        {"RadiopharmaceuticalStartDateTime": None, "RadiopharmaceuticalStartTime": "233000"},
        {"RadiopharmaceuticalStartDateTime": "19990101233000"},
    ],
)
def test_uptake_across_midnight(make_pet: SeriesMaker, times: dict[str, Any]) -> None:
    night = {"SeriesTime": "003000", "AcquisitionTime": "003000"}
    findings: list[Finding] = []
    assert suv(make_pet(setting(**night, **times)), findings) == pytest.approx(START_SUV, rel=1e-6)
    shifted = str(times["RadiopharmaceuticalStartDateTime"]).startswith("1999")
    assert [finding.code for finding in findings] == (["SUV-04"] if shifted else [])


@pytest.mark.parametrize("absent", [("AcquisitionDate",), ("AcquisitionDate", "SeriesDate")])
def test_missing_dates_leave_the_times_of_day(make_pet: SeriesMaker, absent: tuple[str]) -> None:
    findings: list[Finding] = []
    paths = make_pet(setting(**dict.fromkeys(absent)))
    assert suv(paths, findings) == pytest.approx(START_SUV, rel=1e-6)
    assert {(one.code, one.consequence) for one in findings} == {("SUV-04", "warning")}
    assert "no Acquisition Date (0008,0022)" in {one.found for one in findings}


def test_a_long_lived_tracer_may_take_days(make_pet: SeriesMaker) -> None:
    days = {"RadionuclideHalfLife": 282_240.0, "RadiopharmaceuticalStartDateTime": "20200228110000"}
    expected = ADMIN_SUV * 2 ** (2 * 86_400 / 282_240)
    assert suv(make_pet(setting(**days))) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("block", [0x10, 0x11, 0x1F])
def test_a_makers_block_is_found_by_its_name(make_pet: SeriesMaker, block: int) -> None:
    def change(data: Dataset, i: int) -> None:
        data.Units = "CNTS"
        data.add_new(0x70530000 | block, "LO", "Philips PET Private Group")
        data.add_new(0x70530000 | block << 8, "DS", "0.0005")
        if block != 0x10:
            data.add_new(0x70530010, "LO", "SOMEBODY ELSE")
            data.add_new(0x70531000, "DS", "7.0")

    assert read_volume(make_pet(change)[0].parent).array.max() == pytest.approx(2.5)


def test_an_element_in_another_makers_block_is_not_taken(make_pet: SeriesMaker) -> None:
    def change(data: Dataset, i: int) -> None:
        data.Units = "CNTS"
        data.add_new(0x70530010, "LO", "SOMEBODY ELSE")
        data.add_new(0x70531000, "DS", "7.0")

    with pytest.raises(BadInputError, match="SUV-02"):
        read_volume(make_pet(change)[0].parent)


def test_philips_activity_factor_comes_before_its_suv_factor(make_pet: SeriesMaker) -> None:
    def change(data: Dataset, i: int) -> None:
        data.Units = "CNTS"
        data.add_new(0x70530010, "LO", "Philips PET Private Group")
        data.add_new(0x70531000, "DS", "0.0005")
        if with_activity[0]:
            data.add_new(0x70531009, "DS", "2.0")

    with_activity = [False]
    assert suv(make_pet(change)) == pytest.approx(2.5, rel=1e-6)
    with_activity[0] = True
    assert suv(make_pet(change)) == pytest.approx(2 * START_SUV, rel=1e-6)


@pytest.mark.parametrize(
    ("units", "suv_type", "sex", "factor"),
    [
        ("GML", None, "M", 1.0),
        ("GML", "BW", "M", 1.0),
        ("GML", "LBM", "M", 80 / (88 - 120 * (80 / 180) ** 2)),
        ("GML", "LBMJAMES128", "M", 80 / (88 - 128 * (80 / 180) ** 2)),
        ("GML", "LBMJAMES128", "F", 80 / (85.6 - 148 * (80 / 180) ** 2)),
        ("GML", "LBMJANMA", "F", (8780 + 244 * 80 / 3.24) / 9270),
        ("GML", "LBMJANMA", "M", (6680 + 216 * 80 / 3.24) / 9270),
        ("GML", "IBW", "M", 80 / (48 + 1.06 * 28)),
        ("GML", "IBW", "F", 80 / (45.5 + 0.91 * 28)),
        ("GML", "IBW", "O", 80 / (46.75 + 0.985 * 28)),
        ("CM2ML", "BSA", "F", 80_000 / (71.84 * 80**0.425 * 180**0.725)),
    ],
)
def test_other_normalizations_become_body_weight(
    make_pet: SeriesMaker, units: str, suv_type: str | None, sex: str, factor: float
) -> None:
    def change(data: Dataset, i: int) -> None:
        data.Units, data.PatientSex, data.RescaleSlope = units, sex, 0.0002
        if suv_type is not None:
            data.SUVType = suv_type

    findings: list[Finding] = []
    assert suv(make_pet(change), findings) == pytest.approx(factor, rel=1e-6)
    assert [finding.code for finding in findings] == (["SUV-09"] if sex == "O" else [])


def test_body_sizes_of_published_examples() -> None:
    assert surface_cm2(70, 1.75) == pytest.approx(18_481, rel=1e-3)
    assert james(70, 1.75, True) == pytest.approx(57.8)
    assert james_128(70, 1.75, True) == pytest.approx(56.52)
    assert janmahasatian(70, 1.75, True) == pytest.approx(55.9, rel=2e-3)
    assert ideal_weight(70, 1.75, False) == pytest.approx(66.43)


MISSING = [
    ({"PatientWeight": None}, "SUV-01", "Patient's Weight (0010,1030): none"),
    ({"PatientWeight": 0.0}, "SUV-01", "(0010,1030): 0"),
    ({"RadionuclideTotalDose": None}, "SUV-01", "Radionuclide Total Dose (0018,1074): none"),
    ({"RadionuclideTotalDose": -1.0}, "SUV-01", "(0018,1074): -1"),
    ({"RadionuclideHalfLife": None}, "SUV-01", "Radionuclide Half Life (0018,1075): none"),
    ({"AcquisitionTime": None}, "SUV-01", "Acquisition Time (0008,0032)"),
    (LATER | {"ActualFrameDuration": None}, "SUV-01", "Actual Frame Duration (0018,1242)"),
    (LATER | GE | {"FrameReferenceTime": None}, "SUV-01", "Frame Reference Time (0054,1300)"),
    ({"Units": "PROPCNTS"}, "SUV-02", "Units (0054,1001) 'PROPCNTS'"),
    ({"Units": "CNTS"}, "SUV-02", "(7053,1009)"),
    ({"Units": "GML", "SUVType": "ODD"}, "SUV-02", "SUV Type (0054,1006) 'ODD'"),
    ({"Units": "GML", "SUVType": "IBW", "PatientSex": None}, "SUV-01", "Patient's Sex (0010,0040)"),
    (
        {"Units": "GML", "SUVType": "LBM", "PatientSize": 0.0},
        "SUV-01",
        "Patient's Size (0010,1020)",
    ),
    ({"Units": "GML", "SUVType": "LBM", "PatientSize": 180.0}, "SUV-05", "180 m"),
    ({"DecayCorrection": None}, "SUV-03", "Decay Correction (0054,1102): ''"),
    (
        {"RadiopharmaceuticalStartDateTime": None, "RadiopharmaceuticalStartTime": None},
        "SUV-04",
        "(0018,1072)",
    ),
    (
        {"RadiopharmaceuticalStartDateTime": None, "RadionuclideHalfLife": 282_240.0},
        "SUV-04",
        "half-life of 282240 s",
    ),
    ({"RadionuclideTotalDose": 400_000.0}, "SUV-05", "400000 Bq"),
    ({"PatientWeight": 500.0}, "SUV-05", "500 kg"),
    ({"CorrectedImage": ["DECY", "NORM"]}, "SUV-07", "without ATTN"),
    ({"RescaleIntercept": -5.0}, "SUV-10", "Rescale Intercept (0028,1052) -5"),
    ({"RescaleSlope": 1000.0}, "SUV-08", "mean SUV of 1.41e+03"),
]


@pytest.mark.parametrize(("change", "code", "text"), MISSING)
def test_rows_30_to_33_what_cannot_be_decided_is_refused_with_its_tag(
    make_pet: SeriesMaker, change: dict[str, Any], code: str, text: str
) -> None:
    folder = make_pet(setting(**change))[0].parent
    with pytest.raises(BadInputError) as caught:
        read_volume(folder)
    finding = caught.value.finding
    assert finding.code == code
    assert text in finding.found
    assert finding.fix
    assert read_volume(folder, unit="arbitrary").unit == "arbitrary"


def test_row_33_units_that_were_converted_are_reported_once(make_pet: SeriesMaker) -> None:
    findings: list[Finding] = []
    suv(make_pet(setting(RadionuclideTotalDose=400.0, PatientWeight=80_000.0)), findings)
    assert [(one.code, one.consequence) for one in findings] == [("SUV-06", "repaired")] * 2


def test_no_identity_is_kept(make_pet: SeriesMaker) -> None:
    paths = make_pet()
    assert "Canary" not in repr(read_header(paths[0]))
    assert "P1" not in repr(read_header(paths[0])).replace(str(paths[0]), "")


F18_S = 6586.2
PHANTOM = {
    "PatientWeight": 70.0, "PatientSize": 1.75, "PatientSex": "O",
    "RadionuclideTotalDose": 3.6808e8, "RadionuclideHalfLife": F18_S,
}  # fmt: skip
"""The patient and the dose of the manual's digital reference objects."""


def per_suv(uptake_s: float) -> float:
    """Return the Bq/mL of an SUV of 1 in the phantom, after an uptake."""
    return float(3.6808e8 * 2 ** (-uptake_s / F18_S) / 70_000)


def first_frame_s(i: int) -> float:
    """Return when the activity of slice i equals its mean, after the first acquisition."""
    return 300.0 * i + mean_activity_s(F18_S)


def philips_activity(data: Dataset, i: int) -> None:
    data.Units, data.Manufacturer = "CNTS", "Philips Medical Systems"
    data.add_new(0x70530010, "LO", "Philips PET Private Group")
    data.add_new(0x70531009, "DS", "2.0")


def later_series(data: Dataset, i: int) -> None:
    """Let two beds be corrected to 11:00, the start, and the series be named after processing."""
    data.SeriesTime = "130000"
    data.AcquisitionTime = ("110000", "110500", "111000")[i]
    data.FrameReferenceTime = 1000 * first_frame_s(i)


def not_corrected(data: Dataset, i: int) -> None:
    data.DecayCorrection = "NONE"
    data.AcquisitionTime = ("110000", "110500", "111000")[i]


def over_midnight(data: Dataset, i: int) -> None:
    setting(RadiopharmaceuticalStartDateTime=None, RadiopharmaceuticalStartTime="233000")(data, i)
    data.SeriesDate = data.AcquisitionDate = "20200302"
    data.SeriesTime = data.AcquisitionTime = "003000"


IBW_KG = (48.0 + 1.06 * 23 + 45.5 + 0.91 * 23) / 2
BSA_CM2 = 71.84 * 70**0.425 * 175**0.725
VARIANTS: dict[str, tuple[Change, Callable[[int], float]]] = {
    "SUVibw, sex O": (setting(Units="GML", SUVType="IBW"), lambda _: IBW_KG / 70),
    "SUVbsa": (setting(Units="CM2ML", SUVType="BSA"), lambda _: BSA_CM2 / 70_000),
    "Philips activity factor": (philips_activity, lambda _: per_suv(3600) / 2),
    "series after acquisition": (later_series, lambda _: per_suv(3600)),
    "no decay correction": (not_corrected, lambda i: per_suv(3600 + first_frame_s(i))),
    "only a start time": (setting(RadiopharmaceuticalStartDateTime=None), lambda _: per_suv(3600)),
    "over midnight": (over_midnight, lambda _: per_suv(3600)),
}
"""What the manual lists beside the objects at hand, and what its scanner writes for an SUV of 1."""


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_manuals_further_objects_give_their_suv(make_pet: SeriesMaker, variant: str) -> None:
    change, one_suv = VARIANTS[variant]
    wanted = np.repeat([0.2, 1.0, 1.0, 4.0], 5).reshape(5, 4)

    def prepare(data: Dataset, i: int) -> None:
        setting(**PHANTOM)(data, i)
        change(data, i)
        data.RescaleSlope = f"{one_suv(i) * 1e-4:.10g}"
        data.PixelData = np.rint(wanted * 1e4).astype(np.uint16).tobytes()
        data.PixelRepresentation = 0

    findings: list[Finding] = []
    volume = read_volume(make_pet(prepare)[0].parent, findings=findings)
    for layer in volume.array:
        np.testing.assert_allclose(layer, wanted, rtol=1e-4)
    assert [one.code for one in findings] == (["SUV-09"] if "sex O" in variant else [])


@pytest.mark.real_data
def test_all_reference_objects_give_their_suv(real_data: Path) -> None:
    folders = sorted(path for path in (real_data / "suv_dro").iterdir() if path.is_dir())
    assert len(folders) == 10
    for folder in folders:
        volume = read_volume(folder / "PT")
        mask = read_mask(folder / "mask" / "DRO_mask.nii.gz")
        assert volume.geometry.coincides_with(mask.geometry)
        seen = volume.array[mask.array]
        found = [float(seen.min()), float(np.median(seen)), float(seen.max())]
        assert found == pytest.approx([0.2, 1.0, 4.0], rel=0.01), folder.name


def test_mutated_pet_files_are_read_or_refused(make_pet: SeriesMaker) -> None:
    paths = make_pet()
    raw = np.frombuffer(paths[1].read_bytes(), dtype=np.uint8)
    rng = np.random.default_rng(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(200):
            changed = raw.copy()
            places = rng.integers(300, len(raw), 4)
            changed[places] = rng.integers(0, 256, 4)
            paths[1].write_bytes(changed.tobytes())
            with suppress(BadInputError):
                read_volume(paths[0].parent)
