"""Builds an overlay from its source: first every field, then everything against the catalogue, all faults at once."""

import re
from collections.abc import Mapping
from functools import lru_cache

from forms.catalogue import Catalogue, Choice, ChoiceList, Indicator, load
from forms.catalogue.files import Tree
from forms.catalogue.findings import Finding as EntryFinding
from forms.catalogue.packs import forget_with_packs
from forms.catalogue.parse import read_choice, read_indicator
from forms.catalogue.reader import Reader
from forms.catalogue.terms import FIELD_METHODS, RELEASE_FLOORS, SENSITIVITIES, FieldDefault, Method
from forms.overlay.adapt import adapted
from forms.overlay.limits import check
from forms.overlay.model import NO_TEXTS, AdaptedChoice, AdaptedIndicator, AdaptedItem, Overlay
from forms.overlay.rule import Finding, OverlayError, Rule
from forms.overlay.source import HEAD, Entry, Source, read_source
from forms.sentences import say

_COUNTRY = re.compile("[A-Z]{3}")
_ORGANISATION = re.compile("[A-Z0-9]{2,12}")
_VERSION = re.compile(r"\d{1,4}\.\d{1,4}\.\d{1,4}")
_FLOORS = ("min_release_geo", "min_release_period")
_THRESHOLDS = ("thresholds", "modules", "core_field_form", "forms", "sensitive_excludes", "open_note", "localisation")
_ANSWERS = ("choices", "max_select")
_PART = "indicator."


@lru_cache(maxsize=16)
def catalogue_with(overlay: bytes | None, filename: str = "overlay.yaml") -> Catalogue:
    """The standard, or what a country made of it. Raises OverlayError with every fault."""
    standard = load()
    return standard if overlay is None else adapted(standard, load_overlay(overlay, filename, standard))


forget_with_packs(catalogue_with.cache_clear)


def load_overlay(data: bytes, filename: str, catalogue: Catalogue) -> Overlay:
    """Reads YAML or XLSX. Raises OverlayError with every fault; what it returns keeps all rules."""
    overlay, findings = _read(data, filename, catalogue)
    findings += check(overlay, catalogue)
    if not findings:
        adapted(catalogue, overlay)
        return overlay
    try:
        # What the rules of the catalogue say, in the same go, where enough could be read for them.
        adapted(catalogue, overlay)
    except OverlayError as error:
        findings += error.findings
    raise OverlayError(findings)


def _read(data: bytes, filename: str, catalogue: Catalogue) -> tuple[Overlay, list[Finding]]:
    source = read_source(data, filename, catalogue.languages)
    reading = _Reading(source, catalogue)
    overlay = reading.overlay()
    return overlay, [*source.findings, *reading.found()]


class _Reading:
    """One pass over a source. Entries with a fault are kept as far as they could be read."""

    def __init__(self, source: Source, catalogue: Catalogue) -> None:
        self._source, self._catalogue = source, catalogue
        self._findings: list[EntryFinding] = []
        self._refused: list[Finding] = []
        self._languages = catalogue.languages
        self._places: dict[tuple[str, str], str] = {(HEAD, ""): source.head.place}

    def found(self) -> list[Finding]:
        return [Finding(one.file, one.what, one.remedy) for one in self._findings] + self._refused

    def overlay(self) -> Overlay:
        head = self._reader(self._source.head)
        self._refuse(head, self._source.head, dict.fromkeys(_THRESHOLDS, Rule.FLOORS))
        country = self._matching(head, "country", _COUNTRY, "three capitals (ISO 3166-1 alpha-3)")
        organisation = self._matching(head, "organisation", _ORGANISATION, "2 to 12 capitals and digits, such as ORGA")
        version = head.number("version") or 0
        written_for = self._matching(head, "catalogue", _VERSION, "a version, such as 1.0.0")
        self._languages = self._spoken(head)
        head.close()
        sites = self._entries("sites")
        return Overlay(
            country=country,
            organisation=organisation,
            version=version,
            catalogue=written_for,
            languages=self._languages,
            indicators=tuple(self._indicator(entry) for entry in self._entries("indicators")),
            choices=tuple(self._choice(entry) for entry in self._entries("choices")),
            items=tuple(self._item(entry) for entry in self._entries("items")),
            sites=tuple(self._site(entry) for entry in sites) if "sites" in self._source.sections else None,
            local_lists=self._lists(),
            local_indicators=tuple(
                found for entry in self._entries("local_indicators") if (found := self._local(entry)) is not None
            ),
            places=self._places,
        )

    def _spoken(self, head: Reader) -> tuple[str, ...]:
        known = self._catalogue.languages
        languages = head.names("languages") or known
        for language in sorted(set(languages) - set(known)):
            head.fault(
                say("the catalogue has no language '%(language)s'", language=language),
                say("Write some of: %(known)s", known=", ".join(known)),
            )
        return tuple(language for language in known if language in languages) or known

    def _matching(self, reader: Reader, key: str, pattern: re.Pattern[str], example: str) -> str:
        text = reader.text(key)
        if text and not pattern.fullmatch(text):
            reader.fault(
                say("'%(key)s' has another form than %(example)s", key=key, example=example),
                say("Write it in that form"),
            )
        return text

    def _entries(self, section: str) -> list[Entry]:
        """An entry that stands twice would win over the first one in silence."""
        seen: dict[str, str] = {}
        for entry in self._source.sections.get(section, []):
            name = entry.name(section)
            if name in seen:
                what = say("stands twice (also in %(seen)s)", seen=seen[name])
                self._refused.append(Finding(entry.place, what, say("Keep one of them")))
            seen.setdefault(name, entry.place)
            self._places.setdefault((section, name), entry.place)
        return self._source.sections.get(section, [])

    def _reader(self, entry: Entry) -> Reader:
        return Reader(entry.tree, entry.place, "", self._findings, self._languages)

    def _refuse(self, reader: Reader, entry: Entry, fixed: Mapping[str, Rule]) -> None:
        for key in reader.take(fixed):
            what = say("'%(key)s' is the same in every country", key=key)
            self._refused.append(
                Finding(entry.place, what, say("Leave it out; it stays as in the catalogue"), fixed[key])
            )

    def _indicator(self, entry: Entry) -> AdaptedIndicator:
        reader = self._reader(entry)
        self._refuse(reader, entry, self._fixed_of_indicators())
        sensitivity = reader.number("sensitivity", required=False)
        if sensitivity is not None and sensitivity not in SENSITIVITIES:
            reader.fault(say("'sensitivity' is not 1 to 4"), say("Write 1 (low), 2 (moderate), 3 (high) or 4 (severe)"))
        found = AdaptedIndicator(
            id=reader.text("id"),
            question=reader.part_texts("question"),
            hint=reader.texts("hint", required=False) or NO_TEXTS,
            examples=reader.texts("examples", required=False) or NO_TEXTS,
            recall=reader.text("recall", required=False),
            sensitivity=sensitivity if sensitivity in SENSITIVITIES else None,
        )
        reader.close()
        return found

    def _fixed_of_indicators(self) -> dict[str, Rule]:
        named = (name.removeprefix(_PART) for name in self._catalogue.settings.fixed if name.startswith(_PART))
        rules = {name: Rule.ONE_MEANING for name in named if name not in {"id", "sensitivity"}}
        rules |= {"field_default": Rule.NEVER} | dict.fromkeys(_ANSWERS, Rule.STANDARD_ANSWERS)
        return rules | dict.fromkeys(_FLOORS, Rule.FLOORS)

    def _choice(self, entry: Entry) -> AdaptedChoice:
        reader = self._reader(entry)
        self._refuse(reader, entry, dict.fromkeys(("exclusive", "maps_to"), Rule.STANDARD_ANSWERS))
        parent = reader.text("parent", required=False)
        code = reader.text("code")
        label = (reader.texts("label") if parent else None) or reader.part_texts("label")
        found = AdaptedChoice(list_name=reader.text("list"), code=code, parent=parent, label=label)
        reader.close()
        return found

    def _item(self, entry: Entry) -> AdaptedItem:
        reader = self._reader(entry)
        fixed = (name.removeprefix("item.") for name in self._catalogue.settings.fixed if name.startswith("item."))
        self._refuse(reader, entry, {name: Rule.GUARDED for name in fixed if name != "name"})
        found = AdaptedItem(
            name=reader.text("name"),
            label=reader.part_texts("label"),
            confirmed_by=reader.text("confirmed_by", required=False),
        )
        reader.close()
        return found

    def _site(self, entry: Entry) -> str:
        reader = self._reader(entry)
        code = reader.text("code")
        reader.close()
        return code

    def _local(self, entry: Entry) -> Indicator | None:
        """None where it could not be read whole; its faults are told."""
        before = len(self._findings)
        reader = Reader(_complete(entry.tree), entry.place, "", self._findings, self._languages)
        found = read_indicator(reader)
        reader.close()
        return found if len(self._findings) == before else None

    def _lists(self) -> tuple[ChoiceList, ...]:
        lists: dict[str, list[Choice]] = {}
        for entry in self._entries("local_choices"):
            tree = {"name" if key == "code" else key: value for key, value in entry.tree.items()}
            name = tree.pop("list", "")
            reader = Reader(tree, entry.place, "", self._findings, self._languages)
            if not isinstance(name, str) or not name:
                reader.fault(say("'list' is missing"), say("Fill it in"))
            lists.setdefault(str(name), []).append(read_choice(reader))
        return tuple(ChoiceList(name=name, choices=tuple(choices)) for name, choices in lists.items())


def _complete(tree: Mapping[str, Tree]) -> dict[str, Tree]:
    """With what follows from the rest, or is usual for something that one country adds."""
    sensitivity = str(tree.get("sensitivity", ""))
    number = int(sensitivity) if sensitivity.isdigit() and int(sensitivity) in SENSITIVITIES else max(SENSITIVITIES)
    geo, period = RELEASE_FLOORS[number]
    methods = tree.get("methods")
    asked = {*FIELD_METHODS, Method.EXPERT} & set(methods if isinstance(methods, list) else ())
    name = str(tree.get("id", "")).lower().replace("-", "_")
    kind = "code" if str(tree.get("response_type", "")).startswith("select") else "num"
    return {
        "version": "1",
        "tier": "extended",
        "recall": "none",
        "preferred_source": "primary",
        "field_default": (FieldDefault.YES if asked else FieldDefault.NEVER).value,
        "min_release_geo": geo.value,
        "min_release_period": period.value,
        "hxl": f"#indicator+{name}+{kind}",
        **tree,
    }
