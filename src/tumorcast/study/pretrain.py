"""An encoder pretrained on scans without their outcome, to start networks from."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tumorcast.cohort import Cohort
from tumorcast.encoders import ENCODERS, SeenCase, WeightsCard, channels_seen, save_weights
from tumorcast.encoders.embedding import CROP_CHANNELS
from tumorcast.encoders.encoder import require_size
from tumorcast.engine import Store
from tumorcast.errors import StudyRefusedError, refuse
from tumorcast.imaging import digest_of
from tumorcast.study.checked import write_json
from tumorcast.study.extraction import Machinery
from tumorcast.study.identity import program_version
from tumorcast.study.pretrained import shared_cases
from tumorcast.study.progress import Progress, no_progress
from tumorcast.study.quality import Quality
from tumorcast.study.run import STORE_NAME
from tumorcast.study.scans import Scans, load_scans, read_scans
from tumorcast.study.schema import ScansFile
from tumorcast.study.schema_networks import CropSpec

if TYPE_CHECKING:
    from tumorcast.encoders.pretraining import Crops, PretrainingSettings

FEWEST_CASES = 2
STUDY_ENDINGS = {".yaml", ".yml"}


@dataclass(frozen=True)
class Pretraining:
    """What a pretraining leaves behind.

    Parameters
    ----------
    weights, card
        The safetensors file, and what is known of it.
    quality
        What was found about the scans.
    left_out
        Cases that were left out as asked for.
    """

    weights: Path
    card: WeightsCard
    quality: Quality
    left_out: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the result as plain JSON."""
        return {
            "weights": str(self.weights),
            "sha256": self.card.sha256,
            "cases": len(self.card.cases),
            "left_out": list(self.left_out),
            "excluded": sorted(self.quality.excluded),
            **self.card.made,
        }

    def lines(self) -> list[str]:
        """Return what the console shows."""
        made = self.card.made
        cases = f"{made['crops']} crops of {len(self.card.cases)} cases"
        error, of_mean = f"{made['error']:.4f}", f"{made['error_of_mean']:.4f}"
        return [
            *self.quality.lines(),
            f"pretrained on {cases}, {len(self.left_out)} cases left out as asked",
            f"error where blanked: {error} of the window; of the mean of what is seen: {of_mean}",
            f"weights: {self.weights}",
        ]


def pretrain(
    path: str | Path,
    overrides: Sequence[str] = (),
    *,
    output: str | Path,
    encoder: str,
    epochs: int,
    seed: int,
    image: str | None = None,
    mask: Literal["channel", "gate"] = "channel",
    places: int = 1,
    leave_out: Sequence[str | Path] = (),
    licence: str = "not stated",
    workers: int = 1,
    progress: Progress = no_progress,
) -> Pretraining:
    """Pretrain an encoder to tell blanked blocks of the crops of a study; needs no outcome.

    What an interrupted pretraining had done lies beside `output` and is not done again: on a CPU
    the weights are, bit for bit, those of one that was not interrupted.

    Parameters
    ----------
    path
        A study file. Only ``study``, ``cohort``, ``lesions`` and ``crops`` are looked at; the rest
        may be absent.
    output
        The safetensors file; its card is written beside it, and ``NAME.quality.json``.
    encoder
        Name in `ENCODERS`.
    epochs
        How often every crop is seen.
    seed
        Decides all that is drawn.
    image
        Name of the crop; may be left out where the study has one.
    mask
        As in the network that is to start from the weights.
    places
        Crops at random places of the body of a case on whose image nothing is drawn; one around
        the tumour is made of any other case.
    leave_out
        Cases that must not be seen: study files, whose cases are told by voxels and ids, or text
        files with one id of a case or a patient a line.
    licence
        Under which the weights may be used.

    Raises
    ------
    StudyRefusedError
        ``PRE-01`` no such encoder or crop, ``PRE-02`` too few cases are left, ``PRE-03`` a file of
        `leave_out` cannot be read, ``ENC-01`` the encoder cannot take the crops; whatever is wrong
        with the study file and the scans as a whole. A case that cannot be used is left out.
    """
    from tumorcast.encoders.pretraining import Crops, PretrainingSettings  # noqa: PLC0415  (torch)

    output = Path(output)
    file = load_scans(path, overrides)
    image = _declared(file, encoder, image)
    settings = PretrainingSettings(epochs, seed)
    output.parent.mkdir(parents=True, exist_ok=True)
    store = Store(output.resolve().parent / STORE_NAME)
    machinery = Machinery(workers, progress, store)
    scans = read_scans(file, Path(path).parent.resolve(), machinery)
    left_out = _left_out(scans, leave_out, machinery)
    kept = scans.cohort.select([c for c in scans.cohort.case_ids if c not in set(left_out)])
    folder = output.with_suffix(".crops")
    located, quality = scans.crops(image, kept, folder, places)
    with_crop = {one.case for one in located}
    cohort = kept.select([case for case in kept.case_ids if case in with_crop])
    if len(cohort) < FEWEST_CASES:
        raise refuse(
            "PRE-02",
            f"{len(cohort)} cases have a crop of '{image}' and are not left out, "
            f"of {len(quality.case_ids)} listed",
            expected=f"{FEWEST_CASES} or more; hundreds are worth the while",
            fix="add scans, leave out fewer, or mend what excludes them: `tumorcast check`",
        )
    channels = channels_seen(encoder, 1 if mask == "gate" else CROP_CHANNELS)
    chosen = Crops([(one.array, one.row) for one in located], channels)
    made = _Made(output, encoder, settings, _identity(encoder, settings, chosen))
    card = made.before() or made.now(
        chosen,
        progress,
        **_about(file.crops[image], channels),
        source=f"masked volumes of '{image}' of {len(cohort)} cases of the study {file.study}",
        licence=licence,
        cases=_seen(scans, cohort, image),
    )
    shutil.rmtree(folder)
    write_json(output.with_suffix(".quality.json"), quality.as_dict())
    return Pretraining(output, card, quality, left_out)


@dataclass(frozen=True)
class _Made:
    """The weights at their place, whether they are there or still to be made."""

    path: Path
    encoder: str
    settings: PretrainingSettings
    identity: str

    def before(self) -> WeightsCard | None:
        """Return the card when these very weights were made before."""
        if not (self.path.is_file() and self.path.with_suffix(".json").is_file()):
            return None
        card = WeightsCard.read(self.path)
        same = card.made.get("identity") == self.identity
        return card if same and digest_of(self.path) == card.sha256 else None

    def now(self, crops: Crops, progress: Progress, **card: Any) -> WeightsCard:
        """Train, write weights and card, and return the card."""
        from tumorcast.encoders.checkpoint import Checkpoint  # noqa: PLC0415  (torch)
        from tumorcast.encoders.pretraining import pretrain as train  # noqa: PLC0415

        checkpoint = Checkpoint(self.path.with_suffix(".checkpoint"), self.identity)
        trained = train(
            ENCODERS[self.encoder],
            crops,
            self.settings,
            checkpoint=checkpoint,
            on_epoch=lambda done: progress("epochs", done, self.settings.epochs),
        )
        made = {
            "method": "masked volumes (SimMIM, arXiv 2111.09886), from one feature vector a crop",
            "settings": asdict(self.settings),
            "precision": trained.precision,
            "error": trained.errors[-1],
            "error_of_mean": trained.blank_errors[-1],
            "crops": len(crops),
            "tumorcast": program_version(),
            "identity": self.identity,
        }
        card |= {"name": self.path.stem, "encoder": self.encoder, "made": made}
        written = save_weights(trained.network, self.path, **card)
        checkpoint.remove()
        return written


def _identity(encoder: str, settings: PretrainingSettings, crops: Crops) -> str:
    parts = [program_version(), repr(ENCODERS[encoder]), asdict(settings), crops.side]
    digest = hashlib.sha256(json.dumps(parts).encode())
    for number in range(len(crops)):
        digest.update(crops.load([number]).tobytes())
    return digest.hexdigest()


def _declared(file: ScansFile, encoder: str, image: str | None) -> str:
    """Return the crop that is meant; refuse what does not exist or does not fit."""
    if encoder not in ENCODERS:
        raise _unknown("encoder", encoder, ENCODERS, "--encoder")
    if image is None and len(file.crops) == 1:
        image = next(iter(file.crops))
    if image not in file.crops:
        raise _unknown("crop", image, file.crops, "--image")
    require_size(ENCODERS[encoder], file.crops[image].size_voxels)
    return image


def _unknown(kind: str, name: str | None, known: Collection[str], option: str) -> StudyRefusedError:
    return refuse(
        "PRE-01",
        f"no {kind} is named" if name is None else f"there is no {kind} '{name}'",
        expected=f"one of {', '.join(known)}" if known else f"a {kind} in the study file",
        fix=f"name it with {option}" if known else "declare crops: in the study file",
    )


def _left_out(
    scans: Scans, leave_out: Sequence[str | Path], machinery: Machinery
) -> tuple[str, ...]:
    """Return the cases of the scans that the files to leave out hold."""
    seen = [one for file in leave_out for one in _cases_of(Path(file), machinery)]
    by_voxels, by_id = shared_cases(seen, scans.cohort, scans.images)
    return (*by_voxels, *by_id)


def _cases_of(path: Path, machinery: Machinery) -> Iterator[SeenCase]:
    if path.suffix.lower() in STUDY_ENDINGS:
        other = read_scans(load_scans(path), path.parent.resolve(), machinery)
        for image in other.file.cohort.images:
            yield from _seen(other, other.cohort, image)
        return
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise refuse(
            "PRE-03",
            f"the cases to leave out cannot be read ({type(error).__name__})",
            expected="a study file (.yaml), or a text file in UTF-8 with one id a line",
            fix="correct the path after --leave-out",
            file=str(path),
        ) from None
    yield from (SeenCase(line.strip(), line.strip(), "") for line in lines if line.strip())


def _seen(scans: Scans, cohort: Cohort, image: str) -> tuple[SeenCase, ...]:
    return tuple(
        SeenCase(case.case_id, case.patient_id, facts.voxels)
        for case in cohort
        for facts in scans.images[case.case_id]
        if facts.image == image
    )


def _about(crop: CropSpec, channels: int) -> Mapping[str, Any]:
    """Return what the weights expect of a crop."""
    return {
        "spacing_mm": crop.spacing_mm,
        "window": crop.window,
        "size_voxels": crop.size_voxels,
        "in_channels": channels,
    }
