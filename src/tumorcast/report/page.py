"""From what a page shows to its file."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from tumorcast.report.result_tables import metric_tables
from tumorcast.report.style import DARK, LIGHT, css_variables
from tumorcast.report.words import (
    arm_name,
    count,
    horizon_phrase,
    interval,
    number,
    p_text,
    percent,
    sentence,
    signed,
)


def write_page(path: Path, template: str, content: Mapping[str, Any]) -> Path:
    """Write a page, whole or not at all, and return its path.

    It is one file without scripts or outside resources; the same content gives the same bytes.

    Parameters
    ----------
    path
        With the ending ``.html``.
    template
        Name of the page's template.
    content
        What the template asks for by name.
    """
    page = _environment().get_template(template).render(content)
    unfinished = path.with_suffix(".html.part")
    unfinished.write_text(page, encoding="utf-8")
    return unfinished.replace(path)


@cache
def _environment() -> Environment:
    """Return the templates, with the words and colours that all pages use."""
    environment = Environment(
        loader=PackageLoader("tumorcast.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        arm=arm_name, num=number, signed=signed, p=p_text, phrase=horizon_phrase, sentence=sentence
    )
    environment.globals.update(interval=interval, count=count, percent=percent)
    environment.globals.update(metric_tables=metric_tables)
    environment.globals.update(light=css_variables(LIGHT), dark=css_variables(DARK))
    return environment
