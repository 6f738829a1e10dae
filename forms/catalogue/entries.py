"""The entries of the catalogue as the rest of the product sees them: frozen, typed, complete."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from forms.catalogue.terms import (
    FIELD_METHODS,
    BriefList,
    ChoiceKind,
    Disaggregation,
    FieldDefault,
    ItemType,
    Level,
    Localisable,
    Method,
    PimCategory,
    PreferredSource,
    PrivacyClass,
    ReleaseGeo,
    ReleasePeriod,
    ResponseType,
    ReviewState,
    Theme,
    Tier,
    Transform,
    Unit,
)

Review = tuple[tuple[str, ReviewState], ...]
"""Review states by language; on an entry, only where they differ from the catalogue's own."""


@dataclass(frozen=True, slots=True, eq=False)
class Texts(Mapping[str, str]):
    """One text in every language of the catalogue, in the catalogue's order of languages."""

    pairs: tuple[tuple[str, str], ...]

    def __getitem__(self, language: str) -> str:
        for known, text in self.pairs:
            if known == language:
                return text
        raise KeyError(language)

    def __iter__(self) -> Iterator[str]:
        return (language for language, _ in self.pairs)

    def __len__(self) -> int:
        return len(self.pairs)

    def __hash__(self) -> int:
        return hash(self.pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """One thing worth knowing about a community, the question that asks it, and what protects people in it."""

    id: str
    version: int
    level: Level
    theme: Theme
    tier: Tier
    name: str
    definition: str
    question: Texts
    response_type: ResponseType
    choices: str | None
    max_select: int | None
    unit: Unit
    depends_on: tuple[str, ...]
    recall: str
    methods: tuple[Method, ...]
    field_default: FieldDefault
    pim_category: PimCategory
    sensitivity: int
    min_release_geo: ReleaseGeo
    min_release_period: ReleasePeriod
    disaggregation: tuple[Disaggregation, ...]
    preferred_source: PreferredSource
    source_basis: tuple[str, ...]
    hxl: str
    localisable: tuple[Localisable, ...]
    safeguard: str
    review: Review = ()

    @property
    def question_name(self) -> str:
        """The name of the question in every form, unique in the catalogue."""
        return self.id.lower().replace("-", "_")

    @property
    def is_field(self) -> bool:
        """Whether a field form may hold the question at all."""
        return self.field_default is not FieldDefault.NEVER

    @property
    def field_methods(self) -> frozenset[Method]:
        return FIELD_METHODS.intersection(self.methods)

    @property
    def privacy_class(self) -> PrivacyClass:
        if self.response_type is ResponseType.TEXT:
            return PrivacyClass.FREE_TEXT
        return PrivacyClass.SENSITIVE if self.sensitivity >= 3 else PrivacyClass.SAFE


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One answer of a choice list."""

    name: str
    label: Texts
    maps_to: tuple[str, ...] = ()
    exclusive: bool = False
    parent: str = ""
    """Of a choice that a country added: the standard one that it counts as."""

    @property
    def kind(self) -> ChoiceKind:
        special = {"none": ChoiceKind.NONE, "dk": ChoiceKind.DK, "pna": ChoiceKind.PNA}
        return special.get(self.name, ChoiceKind.ANSWER)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceList:
    """A closed set of answers, in the order in which a phone shows them."""

    name: str
    choices: tuple[Choice, ...]
    review: Review = ()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(choice.name for choice in self.choices)

    @property
    def exclusive(self) -> tuple[str, ...]:
        """The codes that stand alone when several answers may be chosen."""
        return tuple(choice.name for choice in self.choices if choice.exclusive)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleItem:
    """One line of a standard module: a question, a note or a calculation that every form has in the same way."""

    name: str
    order: int
    type: ItemType
    choices: str | None
    label: Texts | None
    """None where nothing is shown: a calculation."""
    relevant: str
    calculation: str
    trigger: str
    required: bool
    privacy_class: PrivacyClass
    transform: Transform
    standard_field: str
    localisable: tuple[Localisable, ...]

    @property
    def brief_list(self) -> BriefList | None:
        """The list of the brief that answers come from, where the catalogue has none."""
        return BriefList(self.choices) if self.choices in set(BriefList) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """A standard part of a form: purpose, who, safety, consent, context, evidence, disclosure, close, and
    what single kinds of form have beside these: statements of providers, sources, incidents."""

    id: str
    items: tuple[ModuleItem, ...]
    review: Review = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """A period that a question looks back on; its label takes the place of `{r}`. 'none' has no label."""

    code: str
    label: Texts | None
    review: Review = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FormKind:
    """A kind of form that can be generated, by who answers; `method` is None where no indicator is asked."""

    name: str
    method: Method | None
    at_most: int | None
    """The largest number of indicators, where people must not be burdened with more (R29)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What holds for the catalogue as a whole."""

    version: str
    languages: tuple[str, ...]
    review: Review
    module_order: tuple[str, ...]
    core_field_form: tuple[str, ...]
    open_note: str
    """The one indicator answered in free text: off unless a brief asks, and needs the quarantine."""
    open_note_length: int
    sensitive_excludes: tuple[str, ...]
    """Informant groups that are not asked items of sensitivity 3: they may be the recruiters."""
    forms: tuple[FormKind, ...]
    may_change: tuple[str, ...]
    fixed: tuple[str, ...]
