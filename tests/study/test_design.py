"""Fixed splits and a split by time: from the study file to the report, and every refusal."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from tumorcast import study
from tumorcast.errors import StudyRefusedError
from tumorcast.study.quality import Quality
from tumorcast.validation import GivenSplits

N = 40
IDS = [f"P{number:02d}" for number in range(N)]
HALVES = [{"train": IDS[:20], "val": IDS[20:]}, {"train": IDS[20:], "val": IDS[:20]}]


def table(**columns: Sequence[int] | Sequence[str]) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    relapse = np.tile([0, 1], N // 2)
    frame = pd.DataFrame({"id": IDS, "age": 60 + 3 * relapse + rng.normal(size=N).round(2) * 4})
    frame["year"] = [2000 + number // 4 for number in range(N)]
    frame["seen"] = [f"{1 + number % 9}/6/{year}" for number, year in enumerate(frame["year"])]
    return frame.assign(relapse=relapse, **columns)


def study_of(
    folder: Path, validation: Mapping[str, object], frame: pd.DataFrame | None = None
) -> Path:
    (table() if frame is None else frame).to_csv(folder / "clinical.csv", index=False)
    document = {
        "study": "given",
        "preset": "standard",
        "cohort": {"table": "clinical.csv"},
        "columns": {"age": {"kind": "number", "known": "baseline"}},
        "endpoint": {"name": "relapse", "event": "relapse"},
        "scepticism": False,
        "validation": validation,
    }
    path = folder / "study.yaml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    return path


def check(folder: Path, splits: object, frame: pd.DataFrame | None = None) -> Quality:
    (folder / "splits_final.json").write_text(json.dumps(splits), encoding="utf-8")
    return study.check(study_of(folder, {"splits": "splits_final.json"}, frame))


def check_time(
    folder: Path, temporal: Mapping[str, object], frame: pd.DataFrame | None = None
) -> Quality:
    return study.check(study_of(folder, {"temporal": temporal}, frame))


def test_a_run_on_fixed_splits_tests_what_they_say(tmp_path: Path) -> None:
    check(tmp_path, [{"train": IDS[:20], "val": IDS[30:]}, {"train": IDS[10:], "val": IDS[:6]}])
    result = study.run(tmp_path / "study.yaml", output=tmp_path / "run")
    rows = pd.read_parquet(result.run_dir / "predictions.parquet")
    tested = rows.groupby("fold")["case"].unique()
    assert [sorted(cases) for cases in tested] == [IDS[30:], IDS[:6]]
    assert set(rows["repeat"]) == {0}
    ledger = pd.read_parquet(result.run_dir / "ledger.parquet")
    of_first = ledger[ledger["fold"] == 0]["cases"]
    assert {case for cases in of_first for case in cases.split("\n")} <= set(IDS[:20])
    page = result.report.read_text(encoding="utf-8")
    assert "the splits given in splits_final.json" in page
    assert "fold cross-validation" not in page
    planned = json.loads((result.run_dir / "plan.json").read_text(encoding="utf-8"))["values"]
    assert not {"validation.folds", "validation.repeats"} & {value["key"] for value in planned}


@pytest.mark.slow
def test_the_learning_curve_counts_the_events_of_the_given_training_rows(tmp_path: Path) -> None:
    check(tmp_path, [{"train": IDS[:20], "val": IDS[20:]}])
    asked = ["scepticism={permutations: 0, repeats: 1, verdicts: false}"]
    result = study.run(tmp_path / "study.yaml", asked, output=tmp_path / "run")
    found = json.loads((result.run_dir / "scepticism.json").read_text(encoding="utf-8"))
    # 10 events are learned from: a share of 0.4 would leave 4, fewer than the 5 that it takes.
    points = found["learning_curve"]["points"]
    assert [(point["share"], point["cases"]) for point in points] == [(0.6, 12), (0.8, 16), (1, 20)]


@pytest.mark.slow
def test_a_run_by_time_learns_from_the_earlier_and_tests_the_later(tmp_path: Path) -> None:
    path = study_of(tmp_path, {"temporal": {"column": "year", "from": 2006}})
    result = study.run(path, output=tmp_path / "run")
    rows = pd.read_parquet(result.run_dir / "predictions.parquet")
    assert sorted(set(rows["case"])) == IDS[24:]
    features = pd.read_parquet(result.run_dir / "features.parquet")
    assert list(features.columns) == ["clinical.age"]
    page = result.report.read_text(encoding="utf-8")
    assert "whose year lies before 2006 and tested on those from 2006 on" in page


def test_days_part_as_their_years_do(tmp_path: Path) -> None:
    frame = table()
    frame.loc[3, "seen"] = ""
    frame.loc[30, "seen"] = "31/6/2007"
    quality = check_time(
        tmp_path, {"column": "seen", "format": "DD/MM/YYYY", "from": "2006-01-01"}, frame
    )
    found = [f for f in quality.findings if f.code == "VAL-14"]
    assert {f.case for f in found} == {IDS[3], IDS[30]} == set(quality.excluded)


def test_a_patient_who_is_tested_later_is_not_learned_from(tmp_path: Path) -> None:
    patient = ["one" if number in {0, 39} else IDS[number] for number in range(N)]
    path = study_of(
        tmp_path, {"temporal": {"column": "year", "from": 2006}}, table(patient=patient)
    )
    design = study.examine(path, ["cohort.patient=patient"]).usable_design()
    assert isinstance(design, GivenSplits)
    (split,) = design.splits
    assert split.train == set(IDS[1:24])
    assert split.test == set(IDS[24:])


def test_hashed_ids_are_found_in_the_splits(tmp_path: Path) -> None:
    check(tmp_path, HALVES)
    overrides = ["cohort.hash_ids=true"]
    quality = study.check(tmp_path / "study.yaml", overrides)
    assert not [f for f in quality.findings if f.code.startswith("VAL")]
    check_again = json.dumps([{"train": IDS[:20], "val": [*IDS[20:], "Carla"]}])
    (tmp_path / "splits_final.json").write_text(check_again, encoding="utf-8")
    with pytest.raises(StudyRefusedError, match="VAL-09") as refused:
        study.check(tmp_path / "study.yaml", overrides)
    assert "Carla" not in str(refused.value)


def test_cases_in_no_split_and_splits_of_unusable_cases_are_named(tmp_path: Path) -> None:
    frame = table()
    frame["relapse"] = frame["relapse"].astype(object)
    frame.loc[2, "relapse"] = ""
    splits = [{"train": IDS[:20], "val": IDS[21:]}]
    quality = check(tmp_path, splits, frame)
    found = {f.code: f.found for f in quality.findings if f.code.startswith("VAL")}
    assert "1 cases are in no split (P20)" in found["VAL-12"]
    assert "(P02)" in found["VAL-13"]


@pytest.mark.parametrize(
    "splits",
    [{}, [], [{"train": ["P00"]}], [{"train": ["P00"], "val": []}], [{"train": [1], "val": [2]}],
     [{"train": "P00", "val": ["P01"]}], ["P00"]],
)  # fmt: skip
def test_splits_of_another_shape_are_refused(tmp_path: Path, splits: object) -> None:
    with pytest.raises(StudyRefusedError, match=r"VAL-16.*splits_final.json"):
        check(tmp_path, splits)


def test_splits_that_cannot_be_read_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = study_of(tmp_path, {"splits": "splits_final.json"})
    with pytest.raises(StudyRefusedError, match=r"VAL-16.*cannot be read"):
        study.check(path)
    (tmp_path / "splits_final.json").write_bytes(b"\x80\x04pickle")
    with pytest.raises(StudyRefusedError, match=r"VAL-16.*no JSON"):
        study.check(path)
    monkeypatch.setattr("tumorcast.study.design.MAX_BYTES", 4)
    with pytest.raises(StudyRefusedError, match=r"VAL-16.*larger than"):
        study.check(path)


def test_unknown_ids_are_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(StudyRefusedError, match=r"VAL-09.*P0-0.*did you mean 'P00' for 'P0-0'"):
        check(tmp_path, [{"train": ["P0-0", *IDS[1:20]], "val": IDS[20:]}])


def test_a_case_tested_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyRefusedError, match=r"VAL-11.*1 cases.*P20"):
        check(tmp_path, [HALVES[0], {"train": IDS[21:], "val": [*IDS[:20], "P20"]}])


def test_splits_that_part_a_patient_or_hold_one_class_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyRefusedError, match=r"VAL-10.*P19"):
        check(tmp_path, [{"train": IDS[:20], "val": IDS[19:]}])
    with pytest.raises(StudyRefusedError, match=r"VAL-07.*the training side"):
        check(tmp_path, [{"train": IDS[0:20:2], "val": IDS[20:]}])


@pytest.mark.parametrize(
    ("temporal", "words"),
    [
        ({"column": "year", "from": 1990}, "VAL-15.*time before 1990 has no case"),
        ({"column": "year", "from": 2030}, "VAL-15.*time from 2030 on has no case"),
        ({"column": "yaer", "from": 2006}, "yaer"),
        ({"column": "seen", "from": 2006}, "VAL-14.*'seen' are something else, such as '1/6/2000'"),
        ({"column": "seen", "from": "2006-01-01"}, "VAL-14.*DD/MM/YYYY"),
        ({"column": "year", "from": "soon"}, "STU-04.*a day as YYYY-MM-DD or a number"),
        ({"column": "year", "from": True}, "STU-04"),
        ({"column": "year", "from": 2006, "format": "excel"}, "STU-04.*from is a number"),
    ],
)
def test_what_cannot_part_by_time_is_refused(
    tmp_path: Path, temporal: dict[str, object], words: str
) -> None:
    with pytest.raises(StudyRefusedError, match=words):
        check_time(tmp_path, temporal)


def test_a_time_with_one_class_is_refused(tmp_path: Path) -> None:
    years = [2000 if number % 2 else 2010 for number in range(N)]
    with pytest.raises(StudyRefusedError, match=r"VAL-07.*time before 2006 have 20 cases with"):
        check_time(tmp_path, {"column": "year", "from": 2006}, table(year=years))


def test_one_design_is_chosen(tmp_path: Path) -> None:
    both = {"splits": "a.json", "temporal": {"column": "year", "from": 2006}}
    with pytest.raises(StudyRefusedError, match=r"STU-04.*splits and temporal.*choose one"):
        study.check(study_of(tmp_path, both))
    with pytest.raises(StudyRefusedError, match=r"STU-04.*with splits.*leave out stratify"):
        study.check(study_of(tmp_path, {"splits": "a.json", "stratify": ["centre"]}))


@pytest.mark.real_data
def test_fixed_splits_of_the_head_and_neck_patients_are_kept(
    real_data: Path, tmp_path: Path
) -> None:
    example = Path(__file__).resolve().parents[2] / "examples/head-neck-clinical/study.yaml"
    file = real_data / "head_neck" / "head_neck_pet_ct_clinical.csv"
    ids = [line.partition(";")[0] for line in file.read_text(encoding="utf-8").splitlines()[1:]]
    here = [one for one in ids if "CHUM" in one or "HGJ" in one]
    splits = [{"train": here, "val": [one for one in ids if one not in here]}]
    path = tmp_path / "splits_final.json"
    path.write_text(json.dumps(splits), encoding="utf-8")
    quality = study.check(example, [f"cohort.table={file}", f"validation.splits={path}"])
    assert not [f for f in quality.findings if f.code.startswith("VAL") and f.code != "VAL-13"]
