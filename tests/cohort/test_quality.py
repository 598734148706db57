from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tumorcast.cohort import (
    Case,
    CaseCheck,
    CaseReport,
    Cohort,
    ImageSource,
    check_case,
    check_cases,
    report_on,
)
from tumorcast.imaging import Geometry, Mask, Shell, Unit, Volume, write_mask, write_volume

GEOMETRY = Geometry.of_spacing((12, 12, 12), (2.0, 2.0, 2.0))


def ball(radius: float) -> Mask:
    z, y, x = np.indices(GEOMETRY.shape) - 5.5
    return Mask(z**2 + y**2 + x**2 < radius**2, GEOMETRY)


def noise() -> Volume:
    return Volume(np.random.default_rng(0).normal(40, 10, GEOMETRY.shape), GEOMETRY, "HU")


def case(image: Path | Volume, mask: Path | Mask | None, case_id: str = "a") -> Case:
    return Case(case_id, case_id, images={"ct": ImageSource(image, mask, "HU")})


def test_a_sound_case_has_no_findings_from_memory_or_from_files(tmp_path: Path) -> None:
    assert check_case(case(noise(), ball(4)), (Shell(0, 2),)) == ()
    image, mask = tmp_path / "a.nii.gz", tmp_path / "a_mask.nii.gz"
    write_volume(noise(), image)
    write_mask(ball(4), mask)
    assert check_case(case(image, mask)) == ()
    assert check_case(case(image, None)) == ()


def test_findings_name_the_case_the_image_and_the_file(tmp_path: Path) -> None:
    image, mask = tmp_path / "a.nii.gz", tmp_path / "a_mask.nii.gz"
    write_volume(noise(), image)
    write_mask(ball(1), mask)
    (finding,) = [f for f in check_case(case(image, mask)) if f.consequence == "excluded"]
    assert finding.case == "a"
    assert finding.file == str(image)
    assert finding.found.startswith("image 'ct': ")


def test_a_damaged_file_excludes_its_case_alone(tmp_path: Path) -> None:
    broken = tmp_path / "broken.nii.gz"
    broken.write_bytes(b"\x1f\x8b no image")
    cohort = Cohort((case(broken, ball(4), "a"), case(noise(), ball(4), "b")))
    findings = check_cases(cohort)
    assert {finding.case for finding in findings} == {"a"}
    assert findings[0].consequence == "excluded"
    assert findings[0].file == str(broken)


def test_an_empty_mask_excludes() -> None:
    empty = Mask(np.zeros(GEOMETRY.shape, dtype=bool), GEOMETRY)
    assert "excluded" in {finding.consequence for finding in check_case(case(noise(), empty))}


def test_the_extractor_gives_the_same_findings_as_plain_json() -> None:
    one = case(noise(), ball(1))
    plain = json.loads(json.dumps(CaseCheck().extract(one)))
    assert CaseReport.of_dict(plain) == report_on(one)
    assert plain["findings"][0]["case"] == "a"


def test_the_key_depends_on_what_is_judged() -> None:
    check = CaseCheck()
    one = check.input_digest(case(noise(), ball(4)))
    assert one == check.input_digest(case(noise(), ball(4)))
    assert one != check.input_digest(case(noise(), ball(3)))
    assert one != check.input_digest(case(noise(), ball(4), "b"))
    assert check.parameters() != CaseCheck((Shell(0, 2),)).parameters()


@pytest.mark.real_data
def test_a_real_case_is_sound(real_data: Path) -> None:
    folder = real_data / "sarcoma" / "images" / "STS_001"
    units: dict[str, Unit] = {"ct": "HU", "pt": "SUVbw"}
    images = {
        name: ImageSource(
            folder / f"STS_001__{name.upper()}.nii.gz",
            folder / f"STS_001__{name.upper()}_mask.nii.gz",
            unit,
        )
        for name, unit in units.items()
    }
    findings = check_case(Case("STS_001", "STS_001", images=images), (Shell(0, 5),))
    assert [finding for finding in findings if finding.consequence == "excluded"] == []


def test_the_same_warning_about_several_images_is_one() -> None:
    z, y, x = np.indices(GEOMETRY.shape)
    at_edge = Mask((z < 4) & (y > 3) & (y < 9) & (x > 3) & (x < 9), GEOMETRY)
    both = {name: ImageSource(noise(), at_edge, "HU") for name in ("ct", "pt")}
    (finding,) = check_case(Case("a", "a", images=both))
    assert finding.code == "MSK-13"
    assert finding.found == "images 'ct', 'pt': the tumour touches the edge of the image"
