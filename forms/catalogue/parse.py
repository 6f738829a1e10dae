"""Turns the trees of the files into entries; an entry with a fault is left out and its name kept as broken."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from forms.catalogue import terms
from forms.catalogue.collection import Entries
from forms.catalogue.entries import Choice, ChoiceList, FormKind, Indicator, Module, ModuleItem, Recall, Settings, Texts
from forms.catalogue.files import PARTS, SETTINGS, Tree
from forms.catalogue.findings import CatalogueError, Finding
from forms.catalogue.languages import own
from forms.catalogue.reader import Reader

Found = TypeVar("Found", Indicator, ChoiceList, Module)
_NO_TEXTS = Texts(())
_PLACES = re.compile(rf"({'|'.join(PARTS)})/[^/]+\.yaml|{re.escape(SETTINGS)}|recall\.yaml")
_LEVELS = list(terms.Level)


def parse(trees: Mapping[str, Tree], findings: list[Finding]) -> Entries:
    """Raises only when `catalogue.yaml` cannot be read, since nothing can be judged without it."""
    reading = _Reading(trees, findings)
    settings = reading.settings()
    indicators = reading.folder("indicators", "id", read_indicator)
    choice_lists = reading.folder("choices", "name", _choice_list)
    modules = reading.folder("modules", "id", _module)
    recalls = reading.recalls()
    reading.refuse_strays()
    if settings is None:
        raise CatalogueError(findings)
    by_level = sorted(indicators.values(), key=lambda found: (_LEVELS.index(found.level), found.id))
    return Entries(
        settings=settings,
        indicators={found.id: found for found in by_level},
        choice_lists=choice_lists,
        modules=_in_order(modules, settings.module_order),
        recalls=recalls,
        broken=frozenset(reading.broken),
    )


class _Reading:
    """One pass over the trees: what was read, what could not be."""

    def __init__(self, trees: Mapping[str, Tree], findings: list[Finding]) -> None:
        self._trees, self._findings = trees, findings
        # Expected while the file that names the languages does not name just these, in its own order.
        self._languages = tuple(own())
        # A file that is not even YAML is known as broken, so that nobody is told that its entry does not exist.
        self.broken = {finding.file.rsplit("/", 1)[-1].removesuffix(".yaml") for finding in findings}

    def settings(self) -> Settings | None:
        before = len(self._findings)
        tree = self._trees.get(SETTINGS)
        if tree is None:
            if "catalogue" not in self.broken:
                remedy = "Put back the file that names version and languages"
                self._findings.append(Finding(SETTINGS, "", 0, "is missing", remedy))
            return None
        named = tree.get("languages") if isinstance(tree, dict) else None
        if isinstance(named, dict) and set(named) == set(own()):
            self._languages = tuple(named)
        settings = _settings(Reader(tree, SETTINGS, "", self._findings, self._languages))
        return settings if len(self._findings) == before else None

    def folder(self, folder: str, key: str, make: Callable[[Reader], Found]) -> dict[str, Found]:
        found: dict[str, Found] = {}
        for file, tree in self._trees.items():
            if not file.startswith(f"{folder}/"):
                continue
            name = file.removeprefix(f"{folder}/").removesuffix(".yaml")
            before = len(self._findings)
            reader = Reader(tree, file, name, self._findings, self._languages)
            if isinstance(tree, dict) and tree.get(key) != name:
                reader.fault(f"'{key}' differs from the name of the file", f"Write '{key}: {name}' or rename the file")
            entry = make(reader)
            reader.close()
            if len(self._findings) > before:
                self.broken.add(name)
            else:
                found[name] = entry
        return found

    def recalls(self) -> dict[str, Recall]:
        before = len(self._findings)
        reader = Reader(self._trees.get("recall.yaml", {}), "recall.yaml", "recall", self._findings, self._languages)
        periods = [_recall(period) for period in reader.mappings("periods", "code")]
        reader.close()
        if len({period.code for period in periods}) != len(periods):
            reader.fault("a code stands twice", "Keep one of them")
        if len(self._findings) > before:
            self.broken.update(period.code for period in periods)
        return {period.code: period for period in periods}

    def refuse_strays(self) -> None:
        for file in self._trees:
            if not _PLACES.fullmatch(file):
                remedy = "Put it under indicators/, choices/ or modules/, or remove it"
                self._findings.append(Finding(file, "", 0, "is not part of a catalogue", remedy))


def _in_order(modules: dict[str, Module], order: tuple[str, ...]) -> dict[str, Module]:
    """Modules as listed, unlisted ones last (a rule reports them); items get their place in the whole."""
    names = [name for name in order if name in modules] + [name for name in modules if name not in order]
    ordered: dict[str, Module] = {}
    place = 0
    for name in names:
        items = tuple(replace(item, order=place + number) for number, item in enumerate(modules[name].items, start=1))
        ordered[name] = replace(modules[name], items=items)
        place += len(items)
    return ordered


def read_indicator(reader: Reader) -> Indicator:
    return Indicator(
        id=reader.text("id"),
        version=reader.number("version") or 0,
        level=reader.word("level", terms.Level),
        theme=reader.word("theme", terms.Theme),
        tier=reader.word("tier", terms.Tier),
        name=reader.text("name"),
        definition=reader.text("definition"),
        question=reader.texts("question") or _NO_TEXTS,
        response_type=reader.word("response_type", terms.ResponseType),
        choices=reader.text("choices", required=False) or None,
        max_select=reader.number("max_select", required=False),
        unit=reader.word("unit", terms.Unit),
        depends_on=reader.names("depends_on"),
        recall=reader.text("recall"),
        methods=reader.words("methods", terms.Method),
        field_default=reader.word("field_default", terms.FieldDefault),
        pim_category=reader.word("pim_category", terms.PimCategory),
        sensitivity=_sensitivity(reader),
        min_release_geo=reader.word("min_release_geo", terms.ReleaseGeo),
        min_release_period=reader.word("min_release_period", terms.ReleasePeriod),
        disaggregation=reader.words("disaggregation", terms.Disaggregation),
        preferred_source=reader.word("preferred_source", terms.PreferredSource),
        source_basis=reader.names("source_basis"),
        hxl=reader.text("hxl"),
        localisable=reader.words("localisable", terms.Localisable),
        safeguard=reader.text("safeguard", required=False),
        review=reader.review(),
    )


def _sensitivity(reader: Reader) -> int:
    number = reader.number("sensitivity") or 0
    if number not in terms.SENSITIVITIES:
        reader.fault("'sensitivity' is not 1 to 4", "Write 1 (low), 2 (moderate), 3 (high) or 4 (severe)")
    return number


def _choice_list(reader: Reader) -> ChoiceList:
    return ChoiceList(
        name=reader.text("name"),
        choices=tuple(read_choice(inner) for inner in reader.mappings("choices", "name")),
        review=reader.review(),
    )


def read_choice(reader: Reader) -> Choice:
    choice = Choice(
        name=reader.text("name"),
        label=reader.texts("label") or _NO_TEXTS,
        maps_to=reader.names("maps_to"),
        exclusive=reader.flag("exclusive"),
    )
    reader.close()
    return choice


def _module(reader: Reader) -> Module:
    return Module(
        id=reader.text("id"),
        items=tuple(_item(inner) for inner in reader.mappings("items", "name")),
        review=reader.review(),
    )


def _item(reader: Reader) -> ModuleItem:
    kind = reader.word("type", terms.ItemType)
    item = ModuleItem(
        name=reader.text("name"),
        order=0,
        type=kind,
        choices=reader.text("choices", required=False) or None,
        label=reader.texts("label", required=kind is not terms.ItemType.CALCULATE),
        relevant=reader.text("relevant", required=False),
        calculation=reader.text("calculation", required=kind is terms.ItemType.CALCULATE),
        trigger=reader.text("trigger", required=False),
        required=reader.flag("required"),
        privacy_class=reader.word("privacy_class", terms.PrivacyClass),
        transform=reader.word("transform", terms.Transform),
        standard_field=reader.text("standard_field", required=False),
        localisable=reader.words("localisable", terms.Localisable),
    )
    reader.close()
    return item


def _recall(reader: Reader) -> Recall:
    code = reader.text("code")
    recall = Recall(code=code, label=reader.texts("label", required=code != "none"), review=reader.review())
    reader.close()
    return recall


def _settings(reader: Reader) -> Settings:
    review = reader.review("languages")
    note = reader.mapping("open_note")
    localisation = reader.mapping("localisation")
    settings = Settings(
        version=reader.text("version"),
        languages=tuple(language for language, _ in review),
        review=review,
        module_order=reader.names("modules"),
        core_field_form=reader.names("core_field_form"),
        open_note=note.text("indicator"),
        open_note_length=note.number("at_most") or 0,
        sensitive_excludes=reader.names("sensitive_excludes"),
        forms=tuple(_form(inner) for inner in reader.mappings("forms", "name")),
        may_change=localisation.names("may_change"),
        fixed=localisation.names("fixed"),
    )
    for inner in (note, localisation, reader):
        inner.close()
    return settings


def _form(reader: Reader) -> FormKind:
    method = reader.text("method", required=False)
    form = FormKind(
        name=reader.text("name"),
        method=terms.Method(method) if method in set(terms.Method) else None,
        at_most=reader.number("at_most", required=False),
    )
    if method and form.method is None:
        reader.fault("'method' has a word that is not known", f"Write one of: {', '.join(terms.Method)}")
    reader.close()
    return form
