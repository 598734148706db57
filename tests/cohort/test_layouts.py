"""What every layout must do."""

from __future__ import annotations

from pathlib import Path

import pytest

from tumorcast.cohort.layouts import LAYOUTS, REGIONS_OF_LAYOUT
from tumorcast.cohort.schema import CohortSource
from tumorcast.errors import StudyRefusedError


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("folder", ["absent", "empty", "of text"])
def test_a_folder_in_another_layout_is_refused_by_its_name(
    tmp_path: Path, layout: str, folder: str
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "of text").mkdir()
    (tmp_path / "of text" / "PID__CT.txt").write_text("no image")
    source = CohortSource.model_validate(
        {"layout": layout, "root": folder, "table": "t.csv", "images": {"ct": {"unit": "HU"}}}
    )
    with pytest.raises(StudyRefusedError) as caught:
        LAYOUTS[layout](source, tmp_path)
    (finding,) = caught.value.findings
    assert (finding.code, finding.consequence) == ("LAY-01", "refused")
    assert folder in finding.file
    assert finding.fix


def test_the_study_file_knows_the_layouts() -> None:
    known = set(CohortSource.model_json_schema()["properties"]["layout"]["enum"])
    assert known == {"files", *LAYOUTS}
    assert set(REGIONS_OF_LAYOUT) <= set(LAYOUTS)
