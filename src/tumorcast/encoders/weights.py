"""Pretrained weights: what is known of a file of them, and loading it with every check."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tumorcast.encoders.crop_extractor import CropExtractor
from tumorcast.errors import StudyRefusedError, refuse

if TYPE_CHECKING:
    from torch import nn

ORIENTATION = "SPL"
"""Where the axes (z, y, x) of all crops point to: superior, posterior, left."""


OPTIONAL = frozenset({"cases", "made"})
"""Fields that a card may lack."""


@dataclass(frozen=True)
class SeenCase:
    """A case that weights were trained on.

    Parameters
    ----------
    case, patient
        Its ids, hashed where the study hashes them.
    voxels
        Digest of the image's values, whatever file they lie in.
    """

    case: str
    patient: str
    voxels: str


@dataclass(frozen=True)
class WeightsCard:
    """What is known of some weights; it lies beside them, with the ending ``.json``.

    Parameters
    ----------
    name
        What reports call them.
    encoder
        Name in `ENCODERS`.
    source
        Where they come from: an address, a paper, or the scans that they were trained on.
    licence
        Under which they may be used.
    sha256
        Digest of the safetensors file.
    spacing_mm, window, orientation
        The input that they expect: see `CropExtractor` and `ORIENTATION`.
    in_channels, size_voxels
        Channels, the mask included, and side of the crops that they were trained on. Transformers
        with learned positions take no other size.
    cases
        What they were trained on, as far as it is known case by case.
    made
        How they were made, as plain JSON.
    """

    name: str
    encoder: str
    source: str
    licence: str
    sha256: str
    spacing_mm: float
    window: tuple[float, float]
    in_channels: int
    size_voxels: int
    orientation: str = ORIENTATION
    cases: tuple[SeenCase, ...] = field(default=(), hash=False)
    made: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @classmethod
    def read(cls, weights: Path) -> WeightsCard:
        """Return the card of a safetensors file.

        Raises
        ------
        StudyRefusedError
            ``WGT-01`` when the file or its card is missing, or the card lacks something.
        """
        path = weights.with_suffix(".json")
        try:
            document: Any = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise _bad_card(path, f"it cannot be read ({error})") from None
        wanted = {field.name for field in fields(cls)}
        if not isinstance(document, dict) or wanted - OPTIONAL != set(document) - OPTIONAL:
            found = sorted(document) if isinstance(document, dict) else type(document).__name__
            raise _bad_card(path, f"it has {found}")
        if not weights.is_file():
            raise _bad_card(path, f"there is no {weights.name} beside it")
        try:
            low, high = map(float, document["window"])
            cases = tuple(SeenCase(**case) for case in document.get("cases", ()))
        except (TypeError, ValueError) as error:
            raise _bad_card(
                path, f"its window or its cases are not as they should be ({error})"
            ) from None
        return cls(**{**document, "window": (low, high), "cases": cases})

    def write(self, weights: Path) -> None:
        """Write the card beside a safetensors file."""
        text = json.dumps(asdict(self), indent=2, ensure_ascii=False)
        weights.with_suffix(".json").write_text(f"{text}\n", encoding="utf-8")

    def require_input(self, encoder: str, crop: CropExtractor, in_channels: int = 2) -> None:
        """Refuse crops or an encoder for which the weights were not made, with ``WGT-03``."""
        given = {
            "encoder": encoder,
            "in_channels": in_channels,
            "spacing_mm": crop.spacing_mm,
            "window": crop.window,
            "size_voxels": crop.size_voxels,
            "orientation": ORIENTATION,
        }
        others = {key: value for key, value in given.items() if value != getattr(self, key)}
        if others:
            wanted = {key: getattr(self, key) for key in others}
            raise refuse(
                "WGT-03",
                f"the weights '{self.name}' were not made for {_listed(others)}",
                expected=_listed(wanted),
                fix="set encoder, mask and crop to what the weights expect, or take other weights",
            )


@dataclass(frozen=True)
class Weights:
    """A safetensors file and what is known of it."""

    path: Path
    card: WeightsCard

    @classmethod
    def read(cls, path: Path) -> Self:
        """Return the weights with their card, which is all that is read now.

        Raises
        ------
        StudyRefusedError
            As `WeightsCard.read`.
        """
        return cls(path, WeightsCard.read(path))

    def load_into(self, network: nn.Module) -> None:
        """Put them into a network; see `load_weights`."""
        load_weights(network, self.path, self.card)


def load_weights(network: nn.Module, weights: Path, card: WeightsCard) -> None:
    """Put weights into a network that was built as the card says.

    Parameters
    ----------
    network
        From `Encoder.build`.
    weights
        A safetensors file; nothing in it is executed.
    card
        What is known of it.

    Raises
    ------
    StudyRefusedError
        ``WGT-02`` when the digest of the file is not that of the card; ``WGT-04`` when the names
        or shapes of its tensors are not those of the network, or it is no safetensors file.
    """
    from safetensors import SafetensorError  # noqa: PLC0415
    from safetensors.torch import load  # noqa: PLC0415

    data = weights.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    if digest != card.sha256:
        raise refuse(
            "WGT-02",
            f"the file has the digest {digest}, its card says {card.sha256}",
            expected="the file that the card describes",
            fix="fetch the file again, or, if you made it yourself, write its card again",
            file=str(weights),
        )
    try:
        tensors = load(data)
    except SafetensorError as error:
        raise _not_fitting(weights, f"it is no safetensors file ({error})") from None
    wanted = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    given = {name: tuple(value.shape) for name, value in tensors.items()}
    if given != wanted:
        differing = sorted(
            name for name in wanted.keys() | given.keys() if wanted.get(name) != given.get(name)
        )
        name = differing[0]
        raise _not_fitting(
            weights,
            f"{len(differing)} tensors differ from those of {card.encoder}, first '{name}': "
            f"shape {given.get(name, 'none')} in the file, {wanted.get(name, 'none')} in the "
            "network",
        )
    network.load_state_dict(tensors)


def save_weights(network: nn.Module, weights: Path, **card: Any) -> WeightsCard:
    """Write the weights of an encoder's network as safetensors, and their card.

    Parameters
    ----------
    network
        From `Encoder.build`.
    weights
        Path of the file to be written.
    **card
        The fields of `WeightsCard` but for the digest.
    """
    from safetensors.torch import save  # noqa: PLC0415

    tensors = {name: value.cpu().contiguous() for name, value in network.state_dict().items()}
    data = save(tensors)
    weights.write_bytes(data)
    described = WeightsCard(**card, sha256=hashlib.sha256(data).hexdigest())
    described.write(weights)
    return described


def _bad_card(path: Path, found: str) -> StudyRefusedError:
    wanted = ", ".join(field.name for field in fields(WeightsCard) if field.name not in OPTIONAL)
    return refuse(
        "WGT-01",
        f"the card of the weights is not usable: {found}",
        expected=f"a JSON object with {wanted}, beside the safetensors file",
        fix="write what is known of the weights into the card; see the page on networks",
        file=str(path),
    )


def _not_fitting(path: Path, found: str) -> StudyRefusedError:
    return refuse(
        "WGT-04",
        found,
        expected="the tensors of the network, with their names and shapes",
        fix="take weights that were made for this encoder and these channels",
        file=str(path),
    )


def _listed(values: dict[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in values.items())
