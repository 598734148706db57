"""Weights come from a hub whole, with their card, or with the reason why they do not."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import torch

from tumorcast.encoders import Cnn3D, save_weights
from tumorcast.encoders.hub import fetch_weights
from tumorcast.errors import StudyRefusedError

COMMIT = "0123456789abcdef0123456789abcdef01234567"
REPOSITORY = "someone/lungs"


@dataclass
class Hub:
    """A server on this machine that answers as the hub does.

    Parameters
    ----------
    files
        Content by path in `REPOSITORY`.
    """

    files: dict[str, bytes]
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    """Method, path and authorisation of every request."""
    breaks_off: bool = False
    """Whether the next file breaks off in the middle."""
    card_breaks_off: bool = False
    """Whether cards break off."""
    address: str = ""


class Answer(BaseHTTPRequestHandler):
    hub: Hub

    def do_HEAD(self) -> None:
        self._answer(whole=False)

    def do_GET(self) -> None:
        self._answer(whole=True)

    def _answer(self, *, whole: bool) -> None:
        hub = self.hub
        token = self.headers.get("Authorization", "")
        hub.asked.append((self.command, self.path, token))
        repository, _, rest = self.path.lstrip("/").partition("/resolve/")
        revision, _, name = rest.partition("/")
        known = {"main", "v1", COMMIT}
        if repository != REPOSITORY or revision not in known or name not in hub.files:
            what = "Entry" if repository == REPOSITORY and revision in known else "Repo"
            self.send_response(404)
            self.send_header("X-Error-Code", f"{what}NotFound")
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        content = hub.files[name]
        start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
        self.send_response(206 if start else 200)
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
        self.send_header("Content-Length", str(len(content) - start))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        if name.endswith(".json") and hub.card_breaks_off:
            self.wfile.write(content[:1] if whole else b"")
            self.close_connection = True
        elif whole and hub.breaks_off:
            self.wfile.write(content[start : (start + len(content)) // 2])
            self.close_connection = True
        elif whole:
            self.wfile.write(content[start:])

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Print nothing."""


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    folder = tmp_path / "made"
    folder.mkdir()
    torch.manual_seed(1)
    save_weights(
        Cnn3D((8, 8)).build(2, 8), folder / "ct.safetensors",
        name="ct", encoder="cnn3d", source="made for a test", licence="CC0-1.0",
        spacing_mm=2.0, window=(-160.0, 240.0), in_channels=2, size_voxels=8,
    )  # fmt: skip
    return folder / "ct.safetensors"


@pytest.fixture
def hub(weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    made = Hub(
        {
            "nets/ct.safetensors": weights.read_bytes(),
            "nets/ct.json": weights.with_suffix(".json").read_bytes(),
            "resnet_10.pth": b"not opened",
        }
    )
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("OfHub", (Answer,), {"hub": made}))
    made.address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", made.address)
    monkeypatch.setattr(
        "huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE",
        made.address + "/{repo_id}/resolve/{revision}/{filename}",
    )
    monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


def test_weights_come_with_their_card_and_can_be_used(
    hub: Hub, weights: Path, tmp_path: Path
) -> None:
    output = tmp_path / "fetched" / "mine.safetensors"
    found = fetch_weights(REPOSITORY, "nets/ct.safetensors", output, revision="v1")
    assert output.read_bytes() == weights.read_bytes()
    assert found.commit == COMMIT
    assert found.sha256 == hashlib.sha256(weights.read_bytes()).hexdigest()
    assert found.card is not None
    assert found.card.licence == "CC0-1.0"
    assert sorted(path.name for path in output.parent.iterdir()) == [
        "mine.json",
        "mine.safetensors",
    ]
    of_files = {path for method, path, _ in hub.asked if method == "GET"}
    assert of_files == {
        f"/{REPOSITORY}/resolve/{COMMIT}/nets/ct.{kind}" for kind in ("safetensors", "json")
    }, "a branch that moves meanwhile would mix two versions"


def test_a_checkpoint_comes_as_it_is(hub: Hub, tmp_path: Path) -> None:
    found = fetch_weights(REPOSITORY, "resnet_10.pth", tmp_path / "ten.pth")
    assert found.card is None
    assert (tmp_path / "ten.pth").read_bytes() == b"not opened"
    assert "convert-weights" in found.told()[-1]
    assert all("json" not in path for _, path, _ in hub.asked)


def test_safetensors_without_a_card_come_too(hub: Hub, tmp_path: Path) -> None:
    del hub.files["nets/ct.json"]
    found = fetch_weights(REPOSITORY, "nets/ct.safetensors", tmp_path / "ct.safetensors")
    assert found.card is None
    assert not (tmp_path / "ct.json").exists()


@pytest.mark.parametrize(
    ("repository", "file", "revision"),
    [
        (REPOSITORY, "absent.pth", "main"),
        (REPOSITORY, "resnet_10.pth", "v2"),
        ("nobody/nothing", "resnet_10.pth", "main"),
        ("not a name", "resnet_10.pth", "main"),
    ],
)
def test_what_cannot_be_had_is_named(
    hub: Hub, tmp_path: Path, repository: str, file: str, revision: str
) -> None:
    with pytest.raises(StudyRefusedError, match=rf"HUB-02.*{file} of {repository} at {revision}"):
        fetch_weights(repository, file, tmp_path / "out" / "x.pth", revision=revision)
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


def test_a_digest_that_was_asked_for_is_demanded(hub: Hub, tmp_path: Path) -> None:
    right = hashlib.sha256(b"not opened").hexdigest()
    fetch_weights(REPOSITORY, "resnet_10.pth", tmp_path / "a.pth", sha256=right.upper())
    with pytest.raises(StudyRefusedError, match=rf"HUB-03.*{right}"):
        fetch_weights(REPOSITORY, "resnet_10.pth", tmp_path / "b.pth", sha256="0" * 64)
    assert [path.name for path in tmp_path.glob("*.pth*")] == ["a.pth"]


def test_a_card_of_other_weights_is_refused(hub: Hub, tmp_path: Path) -> None:
    hub.files["nets/ct.safetensors"] += b"more"
    with pytest.raises(StudyRefusedError, match=r"WGT-02.*ask who has put them there"):
        fetch_weights(REPOSITORY, "nets/ct.safetensors", tmp_path / "ct.safetensors")
    assert not (tmp_path / "ct.safetensors").exists()


def test_a_download_that_broke_off_is_gone_on_with(
    hub: Hub, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.file_download.time.sleep", lambda seconds: None)
    output = tmp_path / "ct.safetensors"
    hub.breaks_off = True
    with pytest.raises(StudyRefusedError, match="HUB-02"):
        fetch_weights(REPOSITORY, "nets/ct.safetensors", output)
    assert not output.exists()
    hub.breaks_off = False
    hub.asked.clear()
    fetch_weights(REPOSITORY, "nets/ct.safetensors", output)
    assert output.read_bytes() == weights.read_bytes()
    assert not output.with_name("ct.safetensors.part").exists()


def test_a_card_that_broke_off_does_not_cost_the_weights(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.file_download.time.sleep", lambda seconds: None)
    output = tmp_path / "ct.safetensors"
    hub.card_breaks_off = True
    with pytest.raises(StudyRefusedError, match=r"HUB-02: nets/ct\.json"):
        fetch_weights(REPOSITORY, "nets/ct.safetensors", output)
    hub.card_breaks_off = False
    hub.asked.clear()
    assert fetch_weights(REPOSITORY, "nets/ct.safetensors", output).card is not None
    fetched = [path for method, path, _ in hub.asked if method == "GET"]
    assert [path.rpartition(".")[2] for path in fetched] == ["json"]


def test_a_token_of_the_environment_is_shown(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    fetch_weights(REPOSITORY, "resnet_10.pth", tmp_path / "ten.pth")
    assert {token for _, _, token in hub.asked} == {"Bearer hf_secret"}


def test_without_the_package_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tumorcast.encoders.hub.find_spec", lambda name: None)
    with pytest.raises(StudyRefusedError, match=r"HUB-01.*tumorcast\[hub\]"):
        fetch_weights(REPOSITORY, "resnet_10.pth", tmp_path / "ten.pth")


def test_the_command_prints_what_it_fetched(hub: Hub, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tumorcast", "fetch-weights", REPOSITORY, "nets/ct.safetensors",
         "-o", str(tmp_path / "ct.safetensors"), "--json"],
        env={**os.environ, "HF_ENDPOINT": hub.address}, capture_output=True, check=True,
        timeout=120,
    )  # fmt: skip
    told = json.loads(done.stdout)
    assert told["commit"] == COMMIT
    assert told["card"]["encoder"] == "cnn3d"
    assert (tmp_path / "ct.json").is_file()
    assert all(path.startswith(f"/{REPOSITORY}/") for _, path, _ in hub.asked), "it reports"
