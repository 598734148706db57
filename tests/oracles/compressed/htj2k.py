"""Writes htj2k.json: one slice as another program's High-Throughput JPEG 2000 code stream.

No package that the project uses can write this compression. Made with imagecodecs 2026.3.6
(OpenJPH) in an environment of its own: pip install imagecodecs; python htj2k.py
"""

import base64
import json
from pathlib import Path

import imagecodecs
import numpy as np

slice_ = (np.add.outer(np.arange(32) * 37, np.arange(32) * 5) % 2000).astype(np.uint16)
stream = imagecodecs.htj2k_encode(slice_, reversible=True)
assert np.array_equal(imagecodecs.htj2k_decode(stream), slice_)
document = {"shape": slice_.shape, "code_stream": base64.b64encode(stream).decode("ascii")}
Path(__file__).with_suffix(".json").write_text(json.dumps(document) + "\n", encoding="utf-8")
