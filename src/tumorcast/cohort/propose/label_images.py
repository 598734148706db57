"""What is guessed of folders of label images: HECKTOR's layout and nnU-Net's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tumorcast.cohort.propose.guess import LayoutGuess, image_of
from tumorcast.cohort.readers.hecktor import LABELS, SEPARATOR, case_ids, hecktor_files, modalities
from tumorcast.cohort.readers.nnunet import case_ids as nnunet_ids
from tumorcast.cohort.readers.nnunet import read_dataset


def propose_hecktor(root: Path, base: Path) -> LayoutGuess:  # noqa: ARG001  (as its siblings)
    """Return the images by the endings of their names; labels mean what they mean in HECKTOR."""
    files = hecktor_files(root)
    ids = case_ids(files)
    images: dict[str, Any] = {}
    notes = {"cohort.layout": f"guess: {len(ids)} cases named as PID{SEPARATOR}CT.nii.gz"}
    for modality in modalities(files):
        count = sum(f"{case_id}{SEPARATOR}{modality}" in files for case_id in ids)
        if 2 * count < len(ids):
            continue
        name, images[name] = image_of(modality)
        notes[f"cohort.images.{name}"] = f"guess: in {count} of {len(ids)} cases; check the unit"
    drawn = {region: [int(label) for label in labels] for region, labels in LABELS.items()}
    notes["cohort.drawn"] = "guess: labels as in HECKTOR, 1 the primary tumour and 2 the nodes"
    return LayoutGuess("hecktor", tuple(ids), {"images": images, "drawn": drawn}, notes)


def propose_nnunet(root: Path, base: Path) -> LayoutGuess:  # noqa: ARG001  (as its siblings)
    """Return channels and labels of ``dataset.json``; raises as `read_dataset`."""
    dataset = read_dataset(root)
    ids = nnunet_ids(root, dataset)
    images: dict[str, Any] = {}
    notes = {"cohort.layout": f"guess: {len(ids)} cases beside a dataset.json"}
    for channel in dataset.channels:
        name, declared = image_of(channel)
        name = "".join(sign if sign.isalnum() else "_" for sign in name)
        if name.upper() != channel:
            declared["modality"] = channel
        images[name] = declared
        notes[f"cohort.images.{name}"] = "guess: a channel of dataset.json; check the unit"
    drawn = {region: [int(label) for label in labels] for region, labels in dataset.labels.items()}
    notes["cohort.drawn"] = "guess: all labels of dataset.json; remove what is no tumour"
    return LayoutGuess("nnunet", tuple(ids), {"images": images, "drawn": drawn}, notes)
