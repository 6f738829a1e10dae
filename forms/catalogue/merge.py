"""The catalogue with the texts of the language packs, and with what native speakers said of each text."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from forms.catalogue.collection import Entries
from forms.catalogue.entries import ChoiceList, Indicator, Module, Recall, Texts
from forms.catalogue.entries import Review as States
from forms.catalogue.languages import SOURCE, Missing
from forms.catalogue.packs import IN_ENGLISH, Pack, active, fingerprint, is_no_text, no_text
from forms.catalogue.terms import ReviewState

GUARDED = frozenset({"MOD-SAF", "MOD-CON", "MOD-DIS"})
"""Modules that are never shown in another language: who does not understand them has not agreed."""


def with_packs(entries: Entries, packs: Mapping[str, Pack]) -> Entries:
    """Entries in all languages of the packs. What a pack lacks is marked, unless it says to show the English."""
    if not packs:
        return entries
    new = tuple((code, ReviewState.UNREVIEWED) for code, pack in packs.items() if pack.is_new)
    settings = entries.settings
    merging = _Merging(packs, guarded_keys(entries))
    return replace(
        entries,
        settings=replace(
            settings,
            languages=(*settings.languages, *(code for code, _ in new)),
            review=(*settings.review, *new),
        ),
        indicators={name: merging.indicator(found) for name, found in entries.indicators.items()},
        choice_lists={name: merging.choice_list(found) for name, found in entries.choice_lists.items()},
        modules={name: merging.module(found) for name, found in entries.modules.items()},
        recalls={name: merging.recall(found) for name, found in entries.recalls.items()},
    )


def guarded_keys(entries: Entries) -> frozenset[str]:
    """Strings for which English is never good enough: safety, consent, disclosure, and the answers to them."""
    modules = [found for name, found in entries.modules.items() if name in GUARDED]
    items = [(module.id, item) for module in modules for item in module.items]
    lists = [
        entries.choice_lists[item.choices] for _, item in items if item.choices and item.choices in entries.choice_lists
    ]
    answers = {f"choices/{found.name}/{choice.name}" for found in lists for choice in found.choices}
    return frozenset({f"items/{module}/{item.name}" for module, item in items} | answers)


def text_in(pack: Pack, key: str, texts: Mapping[str, str], guarded: bool) -> str:
    """The text of one string in the language of a pack."""
    if found := pack.texts.get(key) or texts.get(pack.code):
        return found
    falls_back = pack.language.missing is Missing.ENGLISH and not guarded
    return f"{IN_ENGLISH}{texts[SOURCE]}" if falls_back else no_text(key)


def is_reviewed(pack: Pack, key: str, english: str, text: str) -> bool | None:
    """Whether a native speaker has read this very text for this very English; None where the catalogue knows."""
    said = pack.reviews.get(key)
    if said is None:
        return False if key in pack.texts else None
    return said.is_reviewed and said.english == fingerprint(english) and said.text == fingerprint(text)


class _Merging:
    def __init__(self, packs: Mapping[str, Pack], guarded: frozenset[str]) -> None:
        self._packs, self._guarded = packs, guarded

    def indicator(self, found: Indicator) -> Indicator:
        key = f"questions/{found.id}"
        question = self._texts(key, found.question)
        return replace(found, question=question, review=self._review(found.review, [(key, question)]))

    def choice_list(self, found: ChoiceList) -> ChoiceList:
        keys = [f"choices/{found.name}/{choice.name}" for choice in found.choices]
        pairs = [(key, self._texts(key, choice.label)) for key, choice in zip(keys, found.choices, strict=True)]
        choices = (replace(choice, label=texts) for choice, (_, texts) in zip(found.choices, pairs, strict=True))
        return replace(found, choices=tuple(choices), review=self._review(found.review, pairs))

    def module(self, found: Module) -> Module:
        pairs, items = [], []
        for item in found.items:
            label = self._texts(f"items/{found.id}/{item.name}", item.label) if item.label else None
            items.append(replace(item, label=label))
            pairs += [(f"items/{found.id}/{item.name}", label)] if label else []
        return replace(found, items=tuple(items), review=self._review(found.review, pairs))

    def recall(self, found: Recall) -> Recall:
        if found.label is None:
            return found
        key = f"recall/{found.code}"
        label = self._texts(key, found.label)
        return replace(found, label=label, review=self._review(found.review, [(key, label)]))

    def _texts(self, key: str, texts: Texts) -> Texts:
        merged = dict(texts)
        for code, pack in self._packs.items():
            merged[code] = text_in(pack, key, texts, key in self._guarded)
        return Texts(tuple(merged.items()))

    def _review(self, states: States, pairs: Sequence[tuple[str, Texts]]) -> States:
        """An entry is reviewed in a language when all its texts are; one that went stale is not, whatever was said."""
        merged = dict(states)
        for code, pack in self._packs.items():
            said = [is_reviewed(pack, key, texts[SOURCE], texts[code]) for key, texts in pairs]
            if said and all(said):
                merged[code] = ReviewState.REVIEWED
            elif any(one is False for one in said):
                merged[code] = ReviewState.UNREVIEWED
        return tuple(merged.items())


def without_gaps(entries: Entries) -> Entries:
    """For rules about texts: where one is missing, or is the English one by decision, there is nothing to judge."""
    if not any(pack.is_new for pack in active().values()):
        return entries
    return replace(
        entries,
        indicators={name: replace(one, question=_said(one.question)) for name, one in entries.indicators.items()},
        choice_lists={
            name: replace(one, choices=tuple(replace(choice, label=_said(choice.label)) for choice in one.choices))
            for name, one in entries.choice_lists.items()
        },
        modules={
            name: replace(one, items=tuple(replace(item, label=item.label and _said(item.label)) for item in one.items))
            for name, one in entries.modules.items()
        },
        recalls={name: replace(one, label=one.label and _said(one.label)) for name, one in entries.recalls.items()},
    )


def _said(texts: Texts) -> Texts:
    return Texts(tuple(pair for pair in texts.pairs if not is_no_text(pair[1]) and not pair[1].startswith(IN_ENGLISH)))
