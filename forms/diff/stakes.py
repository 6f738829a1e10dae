"""What hangs on which question: what is stored of it, whether it decides if anything is, whose its choices are."""

from dataclasses import dataclass

from forms.catalogue import Catalogue
from forms.catalogue.terms import Localisable
from forms.checks.origin import origin
from forms.checks.survey import Survey
from mappings.language import Coded, FormMapping, paths

_GATE_MODULES = frozenset({"MOD-SAF", "MOD-CON"})
HIDDEN = frozenset({"fv_form", "fv_version", "fv_catalogue", "fv_overlay"})
"""Our own lines, which say which form this is and so differ in every version."""


@dataclass(frozen=True, slots=True)
class Stakes:
    """Question names. `read` is None where nobody knows what is read: then every answer counts as read."""

    read: frozenset[str] | None = None
    gate: frozenset[str] = frozenset()
    local: frozenset[str] = frozenset()
    """Whose choices belong to the survey: its areas, sites, enumerators and organisations."""
    computed: frozenset[str] = frozenset()
    """Whose texts tell a number that is worked out when the form is built: the minutes of the interview."""

    def is_read(self, name: str) -> bool:
        return self.read is None or name in self.read


def stakes(survey: Survey, *, mapping: FormMapping | None = None, catalogue: Catalogue | None = None) -> Stakes:
    """Of the older form: by its mapping when there is one, and by the catalogue when it is made from it."""
    found = origin(survey.by_name, catalogue)
    gate, local = _modules(survey, catalogue) if found.is_ours and catalogue else (frozenset(), frozenset())
    computed = _computed(catalogue) if found.is_ours and catalogue else frozenset()
    if mapping is None:
        return Stakes(None, gate, local, computed)
    read = frozenset(_last(path) for path in paths(mapping))
    gate |= {_last(step.path) for step in mapping.gate}
    return Stakes(read, gate, local | _places(mapping), computed)


def _modules(survey: Survey, catalogue: Catalogue) -> tuple[frozenset[str], frozenset[str]]:
    items = [(module.id, item) for module in catalogue.modules for item in module.items if item.name in survey.by_name]
    gate = frozenset(item.name for module, item in items if module in _GATE_MODULES)
    return gate, frozenset(item.name for _, item in items if Localisable.CHOICES in item.localisable)


def _computed(catalogue: Catalogue) -> frozenset[str]:
    items = (item for module in catalogue.modules for item in module.items)
    return frozenset(
        item.name for item in items if item.label and any("{minutes}" in text for _, text in item.label.items())
    )


def _places(mapping: FormMapping) -> frozenset[str]:
    interview = mapping.interview
    coded = (place for place in (interview.enumerator, interview.organisation) if isinstance(place, Coded))
    plain = (interview.adm1, interview.adm2, interview.adm3, interview.site)
    return frozenset(_last(path) for path in (*plain, *(place.path for place in coded)) if path)


def _last(path: str) -> str:
    return path.rpartition("/")[2]
