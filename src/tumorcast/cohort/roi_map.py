"""Which drawn regions of interest are which region of the study."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tumorcast.errors import Finding

_IMAGES = r"(_?(CT|PT|PET|MR|SP)\d*)*"
TG263: Mapping[str, tuple[str, ...]] = {
    "GTVp": (rf"GTVp\d*{_IMAGES}",),
    "GTVn": (rf"GTVn\d*{_IMAGES}",),
    "GTV": (rf"GTV\d*{_IMAGES}",),
}
"""Names of the AAPM's report TG-263 for what is seen of a tumour: the primary, the nodes, and
either; numbered, and followed by the images on which they were drawn."""

_GROSS_TUMOR = re.compile(r"gtv|tumou?r|lesion", re.IGNORECASE)
_MARGINS = re.compile(r"(i?ctv|ptv|i?itv|igtv)", re.IGNORECASE)
_NODE_WORDS = frozenset({"n", "node", "nodes", "nodal", "ln", "lymph"})
_PRIMARY_WORDS = frozenset({"p", "primary", "prim", "t"})
_UNSPECIFIC = frozenset({"gtv", "tumor", "tumour", "lesion", "ct", "pt", "pet", "mr", "mri"})
_SHOWN = 15


@dataclass(frozen=True)
class RoiMap:
    """A map from the names of drawn regions to the study's regions.

    Parameters
    ----------
    texts
        By region, names or regular expressions for whole names; case does not matter.
    is_default
        Whether they are TG-263's, and not the study's.
    """

    texts: Mapping[str, tuple[str, ...]]
    is_default: bool

    @classmethod
    def of(cls, declared: Mapping[str, tuple[str, ...]] | None) -> RoiMap:
        """Return the declared map, or TG-263's."""
        return cls(TG263, True) if declared is None else cls(declared, False)

    def regions_of(self, name: str) -> tuple[str, ...]:
        """Return the regions that a name belongs to: more than one is a fault of the map."""
        return tuple(
            region
            for region, texts in self.texts.items()
            if any(_matches(text, name) for text in texts)
        )

    def findings(self, counts: Counter[str]) -> Iterator[Finding]:
        """Judge the map by the names that were drawn.

        ``ROI-01`` names that look like a tumour and that TG-263 does not tell apart (ask);
        ``ROI-02`` a name in two regions (ask); ``ROI-03`` names that look like a tumour and that
        the study's map leaves out (warning); ``ROI-04`` the map finds nothing at all (ask).

        Parameters
        ----------
        counts
            In how many cases each name is drawn.
        """
        regions = {name: self.regions_of(name) for name in counts}
        twice = [name for name, found in regions.items() if len(found) > 1]
        left_out = [name for name in counts if not regions[name] and looks_like_tumor(name)]
        found = {region for names in regions.values() for region in names}
        unclear = bool(left_out) or (len(found) > 1 and "GTV" in found)
        if twice:
            where = "; ".join(f"'{name}' in {' and '.join(regions[name])}" for name in twice)
            yield _ask("ROI-02", f"the map puts {where}", "one region a name", counts, twice)
        elif self.is_default and unclear:
            yield _ask(
                "ROI-01",
                "names that may be the tumour and do not say what they are by TG-263",
                "names such as GTVp and GTVn2, or a map",
                counts,
                left_out or list(counts),
            )
        elif counts and not found:
            yield _ask("ROI-04", "no drawn region is in the map", "a map that fits", counts, [])
        elif left_out:
            yield Finding(
                "ROI-03",
                "warning",
                f"drawn, but in no region: {_listed(counts, left_out)}",
                "every drawing of a tumour in the map, or left out on purpose",
                "nothing if so; else add them to cohort.drawn",
            )


def looks_like_tumor(name: str) -> bool:
    """Return whether a name speaks of visible tumour, and not of a margin around one."""
    return bool(_GROSS_TUMOR.search(name)) and not _MARGINS.match(name)


def propose_map(names: Sequence[str]) -> dict[str, list[str]]:
    """Return the names of each region as far as their words say it; the others are left out.

    A name that says both primary and node is left out; one that says neither is taken only where no
    other tumour is named than the one that it names.
    """
    found: dict[str, list[str]] = {}
    others: dict[str, list[str]] = {}
    for name in names:
        if not looks_like_tumor(name):
            continue
        tokens = set(_tokens(name))
        if tokens & _NODE_WORDS and tokens & _PRIMARY_WORDS:
            continue
        if tokens & _NODE_WORDS:
            found.setdefault("GTVn", []).append(name)
        elif tokens & _PRIMARY_WORDS:
            found.setdefault("GTVp", []).append(name)
        else:
            others.setdefault("_".join(sorted(tokens - _UNSPECIFIC)), []).append(name)
    if len(others) == 1 and not found:
        found["GTV"] = next(iter(others.values()))
    return found


def _tokens(name: str) -> list[str]:
    """Return the words of a name: GTVp2_CT is gtv, p, ct."""
    return re.findall(r"gtv|[a-z]+", name.lower())


def _matches(text: str, name: str) -> bool:
    if text.casefold() == name.casefold():
        return True
    try:
        return re.fullmatch(text, name, re.IGNORECASE) is not None
    except re.error:
        return False


def _listed(counts: Counter[str], names: Sequence[str]) -> str:
    shown = sorted(names, key=lambda name: (-counts[name], name))
    listed = ", ".join(f"'{name}' ({counts[name]} cases)" for name in shown[:_SHOWN])
    return listed + (f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else "")


def _ask(
    code: str, found: str, expected: str, counts: Counter[str], unclear: Sequence[str]
) -> Finding:
    proposed = propose_map(sorted(counts))
    line = ", ".join(f"{region}: {names}" for region, names in proposed.items())
    others = f"; all names: {_listed(counts, list(counts))}" if len(counts) > len(unclear) else ""
    shown = _listed(counts, unclear) + others if unclear else _listed(counts, list(counts))
    return Finding(
        code,
        "ask",
        f"{found}: {shown}",
        expected,
        f"say which are the tumour, under cohort: drawn: {{{line or 'GTVp: [NAME]'}}}",
    )
