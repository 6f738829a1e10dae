"""A form as JavaRosa has parsed it, ready to be filled again and again."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jpype

from forms.engine.errors import EngineStoppedError, FormRefusedError
from forms.engine.hints import NOTHING, Hints, day_names, media_names, mine, parse
from forms.engine.host import Host
from forms.engine.liberties import liberties
from forms.engine.records import FormInfo, Kind, Question

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_SELECTS = {2: Kind.SELECT_ONE, 3: Kind.SELECT_MULTIPLE, 16: Kind.RANK, 9: Kind.ACKNOWLEDGE}
_UPLOADS = frozenset({7, 10, 12, 13, 14, 15})
_TYPES = {
    "int": Kind.INTEGER,
    "integer": Kind.INTEGER,
    "long": Kind.INTEGER,
    "decimal": Kind.DECIMAL,
    "date": Kind.DATE,
    "time": Kind.TIME,
    "dateTime": Kind.DATETIME,
    "geopoint": Kind.GEOPOINT,
    "geotrace": Kind.GEOTRACE,
    "geoshape": Kind.GEOSHAPE,
    "binary": Kind.FILE,
}

# Exceptions whose text quotes the form only. All others may quote an answer, so that only their class is told.
_HARMLESS = ("XPathUnhandledException", "XPathSyntaxException", "XPathUnsupportedException", "XPathArityException")


class LoadedForm:
    """Parses at once; every instance is a copy of the one that the parser made."""

    def __init__(self, host: Host, xform: bytes, media: Path) -> None:
        root = parse(xform)
        _check_media(root, media)
        self.hints = mine(root)
        host.media = media
        host.install()
        self._host = host
        self.definition = _definition(xform)
        if self.definition.getLocalizer() is not None:
            self.definition.getLocalizer().setToDefault()
        self._pristine = self.definition.getMainInstance().clone()
        self._factory = jpype.JClass("org.javarosa.core.model.instance.InstanceInitializationFactory")()
        self.info = self._describe(root)

    def start(self, language: str = "") -> None:
        """A new, empty instance with its preloads, actions and calculations, in the form's own language or in this."""
        localizer = self.definition.getLocalizer()
        if localizer is not None:
            localizer.setLocale(language or localizer.getDefaultLocale())
        self.definition.setInstance(self._pristine.clone())
        self._host.attend(self.definition)
        self.definition.initialize(True, self._factory)

    def resume(self, xml: bytes) -> None:
        """A finished form, opened again as a phone opens one to be looked through."""
        parser = jpype.JClass("org.javarosa.xform.parse.XFormParser")
        saved = parser.restoreDataModel(jpype.JArray(jpype.JByte)(xml), None).getRoot()
        instance = self._pristine.clone()
        self.definition.setInstance(instance)
        self._host.attend(self.definition)
        instance.getRoot().populate(saved, self.definition)
        self.definition.initialize(False, self._factory)

    def try_out(self) -> None:
        """Some mistakes show only when the first instance is made; no answers exist yet, so the text may be told."""
        try:
            self.start()
        except jpype.JException as problem:
            raise FormRefusedError(f"The engine cannot start this form: {_text(problem)}. Correct the form.") from None

    def kind(self, path: str, control: int) -> Kind:
        hints = self.hints.get(path, NOTHING)
        if control in _SELECTS:
            return _SELECTS[control]
        if control in _UPLOADS:
            return Kind.FILE
        return Kind.NOTE if hints.note else _TYPES.get(hints.type, Kind.TEXT)

    def hint(self, path: str) -> Hints:
        return self.hints.get(path, NOTHING)

    def _describe(self, root: "Element") -> FormInfo:
        instance = root.find("{*}head/{*}model/{*}instance/*")
        attributes = {} if instance is None else instance.attrib
        localizer = self.definition.getLocalizer()
        return FormInfo(
            form_id=attributes.get("id", ""),
            version=attributes.get("version", ""),
            title=root.findtext("{*}head/{*}title", ""),
            languages=tuple(str(name) for name in localizer.getAvailableLocales()) if localizer else (),
            days=day_names(root),
            questions=tuple(self._questions(self.definition.getChildren(), localizer)),
            liberties=liberties(root),
        )

    def _questions(self, elements: Any, localizer: Any) -> Iterator[Question]:
        question = jpype.JClass("org.javarosa.core.model.QuestionDef")
        for element in elements:
            if isinstance(element, question):
                path = generic(element.getBind().getReference())
                kind = self.kind(path, int(element.getControlType()))
                yield Question(path, kind, str(element.getAppearanceAttr() or ""), _label(element, localizer))
            else:
                yield from self._questions(element.getChildren() or (), localizer)


def generic(reference: Any) -> str:
    """The path of a question without the turns of its repeats."""
    return str(reference.genericize().toString(False))


def harmless(problem: Any) -> str:
    """What may be told about an exception thrown while answers are in the engine."""
    cause = problem
    while cause is not None:
        name = str(cause.getClass().getSimpleName())
        if name == "PatternSyntaxException":
            return f"a regular expression is wrong ({cause.getDescription()})"
        if name in _HARMLESS:
            return _text(cause)
        last, cause = name, cause.getCause()
    return f"the engine throws {last}"


def out_of_memory(problem: Any) -> bool:
    return isinstance(problem, jpype.JClass("java.lang.VirtualMachineError"))


def _definition(xform: bytes) -> Any:
    utils = jpype.JClass("org.javarosa.xform.util.XFormUtils")
    try:
        definition = utils.getFormFromInputStream(jpype.JClass("java.io.ByteArrayInputStream")(xform))
    except jpype.JException as problem:
        if out_of_memory(problem):
            raise EngineStoppedError(
                "The form is too large for the engine. Move long choice lists into a CSV."
            ) from None
        raise FormRefusedError(f"The engine cannot read this form: {_text(problem)}. Correct the form.") from None
    if definition is None:
        raise FormRefusedError("The engine cannot read this form. Convert the form again.")
    return definition


def _check_media(root: "Element", media: Path) -> None:
    missing = [name for name in media_names(root) if not (media / name).is_file()]
    if missing:
        raise FormRefusedError(f"The form reads {', '.join(missing)}, which was not given. Add the file to its media.")


def _label(element: Any, localizer: Any) -> str:
    key = element.getTextID()
    translated = localizer.getText(key) if key and localizer else None
    return str(translated or element.getLabelInnerText() or "")


def _text(problem: Any) -> str:
    message = str(problem.getMessage() or problem.getClass().getSimpleName())
    return " ".join(message.split()).rstrip(".")
