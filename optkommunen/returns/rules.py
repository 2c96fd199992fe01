"""Rules that returns are held to: what is an error, what is asked about, and the way out of each, from one table."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType

from optkommunen.words import N_, language

ERROR, WARNING = N_("error"), N_("warning")


@dataclass(frozen=True)
class Rule:
    """One rule.

    Attributes
    ----------
    severity : ``error`` has to be mended before anything is computed; ``warning`` asks to look.
    """

    severity: str
    _words: Mapping[str, str]

    def rule(self, lang: str | None, fields: Mapping[str, object]) -> str:
        """The rule in words."""
        return self._words[f"rule_{language(lang)}"].format(**fields)

    def way_out(self, lang: str | None, fields: Mapping[str, object]) -> str:
        """What to do."""
        return self._words[f"way_out_{language(lang)}"].format(**fields)


@functools.cache
def rules() -> Mapping[str, Rule]:
    """All rules, by the kind of finding that breaks them.

    Examples
    --------
    >>> rules()["part"].severity, rules()["part"].rule("en", {"part": "ehb_u25", "whole": "ehb"})
    ('error', 'ehb_u25 is part of ehb')
    """
    text = resources.files("optkommunen.returns").joinpath("rules.toml").read_text(encoding="utf-8")
    found = {kind: Rule(entry["severity"], entry) for kind, entry in tomllib.loads(text).items()}
    return MappingProxyType(found)
