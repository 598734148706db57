"""Weights that others have put on the Hugging Face hub, fetched when the user asks for them."""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tumorcast.encoders.checkpoint_file import SAFETENSORS
from tumorcast.encoders.weights import WeightsCard
from tumorcast.errors import StudyRefusedError, refuse
from tumorcast.imaging import digest_of


@dataclass(frozen=True)
class FetchedWeights:
    """A file of the hub that lies on this machine now.

    Parameters
    ----------
    path
        Where.
    repository, file, commit
        What it is on the hub; the commit is the one that the revision stood for.
    sha256
        Digest of the file.
    card
        Of weights that came with one; others have to be converted first.
    """

    path: Path
    repository: str
    file: str
    commit: str
    sha256: str
    card: WeightsCard | None

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON."""
        card = None if self.card is None else asdict(self.card)
        return {**vars(self), "path": str(self.path), "card": card}

    def told(self) -> list[str]:
        """Return lines for people."""
        return [
            f"{self.path}: {self.file} of {self.repository}, commit {self.commit}",
            f"sha256 {self.sha256}",
            "without a card: convert it with tumorcast convert-weights"
            if self.card is None
            else f"weights of {self.card.encoder}, with their card; licence: {self.card.licence}",
        ]


def fetch_weights(
    repository: str,
    file: str,
    output: str | Path,
    *,
    revision: str = "main",
    sha256: str | None = None,
) -> FetchedWeights:
    """Fetch a file of weights from the hub; nothing of it is opened.

    The file appears whole or not at all; after an interruption the same call goes on. A
    safetensors file brings the card of the same name along if the repository has one.
    ``HF_TOKEN``, ``HF_ENDPOINT`` and the proxies of the environment hold.

    Parameters
    ----------
    repository
        As ``OWNER/NAME``.
    file
        Its path in the repository.
    output
        Path that it gets here; the card lies beside it.
    revision
        Branch, tag or commit. Only a commit stays what it is.
    sha256
        Digest that the file must have.

    Raises
    ------
    StudyRefusedError
        ``HUB-01`` when huggingface-hub is not installed, ``HUB-02`` when the file cannot be had,
        ``HUB-03`` when it has another digest than asked for; ``WGT-01`` and ``WGT-02`` when its
        card is no card, or of another file.
    """
    if find_spec("huggingface_hub") is None:
        raise refuse(
            "HUB-01",
            "the package huggingface-hub is not installed",
            expected="huggingface-hub 2 or newer",
            fix="pip install 'tumorcast[hub]', or fetch the file in another way",
        )
    _report_nothing()
    output = Path(output)
    part = output.with_name(f"{output.name}.part")
    commit = _commit(repository, file, revision)
    fetched = _download(repository, file, commit, part)
    has_card = _download_card(repository, file, commit, part)
    try:
        digest = digest_of(fetched)
        if sha256 is not None and digest != sha256.lower():
            raise refuse(
                "HUB-03",
                f"the file has the digest {digest}",
                expected=sha256,
                fix="name the commit that the digest is of with --revision, or correct the digest",
                file=f"{repository}/{file}",
            )
        card = WeightsCard.read(fetched) if has_card else None
        if card is not None and card.sha256 != digest:
            raise refuse(
                "WGT-02",
                f"the file has the digest {digest}, its card says {card.sha256}",
                expected="the file that the card describes",
                fix="ask who has put them there",
                file=f"{repository}/{file}",
            )
        fetched.replace(output)
        if card is not None:
            card.write(output)
    finally:
        shutil.rmtree(part)
    return FetchedWeights(output, repository, file, commit, digest, card)


def _report_nothing() -> None:
    """Keep the package from telling the hub what runs here, whenever it was imported."""
    from huggingface_hub import constants  # noqa: PLC0415

    constants.HF_HUB_DISABLE_TELEMETRY = True


def _commit(repository: str, file: str, revision: str) -> str:
    """Return the commit that the revision stands for."""
    from huggingface_hub import get_hf_file_metadata, hf_hub_url  # noqa: PLC0415

    try:
        about = get_hf_file_metadata(hf_hub_url(repository, file, revision=revision))
    except Exception as error:  # of the package or of its HTTP client
        raise _not_to_be_had(repository, file, revision, error) from None
    return about.commit_hash or revision


def _download(repository: str, file: str, commit: str, folder: Path) -> Path:
    """Return the file as it is in a commit; what was fetched of it before is not fetched again."""
    from huggingface_hub import hf_hub_download  # noqa: PLC0415

    try:
        return Path(hf_hub_download(repository, file, revision=commit, local_dir=folder))
    except Exception as error:  # of the package, of its HTTP client or of the file system
        raise _not_to_be_had(repository, file, commit, error) from None


def _download_card(repository: str, file: str, commit: str, folder: Path) -> bool:
    """Fetch the card that lies beside a safetensors file, and return whether there is one."""
    from huggingface_hub import get_hf_file_metadata, hf_hub_url  # noqa: PLC0415
    from huggingface_hub.errors import EntryNotFoundError  # noqa: PLC0415

    if not file.endswith(SAFETENSORS):
        return False
    beside = Path(file).with_suffix(".json").as_posix()
    try:
        get_hf_file_metadata(hf_hub_url(repository, beside, revision=commit))
    except EntryNotFoundError:
        return False
    except Exception as error:  # of the package or of its HTTP client
        raise _not_to_be_had(repository, beside, commit, error) from None
    _download(repository, beside, commit, folder)
    return True


def _not_to_be_had(
    repository: str, file: str, revision: str, error: Exception
) -> StudyRefusedError:
    first = next((line for line in str(error).splitlines() if line), "")
    return refuse(
        "HUB-02",
        f"{file} of {repository} at {revision} cannot be fetched: {type(error).__name__}: {first}",
        expected="a file that the hub has and this machine may read",
        fix="correct repository, file or revision; log in where the repository asks for it; or "
        "look whether this machine reaches the hub",
    )
