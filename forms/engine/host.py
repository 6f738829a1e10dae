"""What JavaRosa asks of the app around it: properties of the phone, media files, the clock, preloads and pulldata."""

import csv
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import jpype

from forms.engine.tendencies import seed_number


class Host:
    """One for the process, since JavaRosa keeps references and properties in statics."""

    def __init__(self) -> None:
        self.media = Path()
        self.properties: Mapping[str, str] = {}
        self.today = datetime.now(UTC).date()
        self.instance_id = ""
        self._now = 0
        self._clock = jpype.JClass("org.joda.time.DateTimeUtils")
        self._random = jpype.JClass("org.javarosa.core.util.MathUtils").getRand()
        _register()

    def install(self) -> None:
        """Puts our references and properties in place, also after ODK Validate has put in its own."""
        references = jpype.JClass("org.javarosa.core.reference.ReferenceManager").instance()
        references.reset()
        references.addReferenceFactory(_proxy("core.reference.ReferenceFactory", derives=_always, derive=self._derive))
        properties = _proxy(
            "core.services.IPropertyManager",
            getProperty=_nothing,
            setProperty=_nothing,
            getSingularProperty=lambda name: self.properties.get(str(name)),
            addRules=_nothing,
            getRules=_nothing,
        )
        jpype.JClass("org.javarosa.core.services.PropertyManager").setPropertyManager(properties)

    def begin(self, *, today: date, instance_id: str, seed: int, properties: Mapping[str, str]) -> None:
        """A new interview: from here on now() and random() inside the engine depend on the seed alone."""
        self.today, self.instance_id, self.properties = today, instance_id, properties
        self._random.setSeed(jpype.JLong(seed))
        morning = datetime(today.year, today.month, today.day, 8, tzinfo=UTC)
        self._now = int(morning.timestamp() * 1000) + seed_number("start", seed) % (8 * 3600 * 1000)
        self.wait(0.0)

    def wait(self, seconds: float) -> None:
        self._now += int(seconds * 1000)
        self._clock.setCurrentMillisFixed(jpype.JLong(self._now))

    def attend(self, form_def: Any) -> None:
        """Preloads and functions that the app adds to a form; to be repeated for each new instance."""
        preloader = form_def.getPreloader()
        preloader.addPreloadHandler(_preload("uid", self._uid, _never))
        preloader.addPreloadHandler(_preload("date", self._date, _never))
        preloader.addPreloadHandler(_preload("timestamp", self._start, self._end))
        form_def.getEvaluationContext().addFunctionHandler(self._pulldata())

    def _derive(self, uri: Any, *_context: Any) -> Any:
        path = str(self.media / str(uri).rpartition("/")[2])
        return _proxy(
            "core.reference.Reference",
            doesBinaryExist=lambda: Path(path).is_file(),
            getStream=lambda: jpype.JClass("java.io.FileInputStream")(path),
            getURI=lambda: uri,
            getLocalURI=lambda: path,
            isReadOnly=_always,
            getOutputStream=_nothing,
            remove=_nothing,
            probeAlternativeReferences=_nothing,
        )

    def _uid(self, _params: Any) -> Any:
        return jpype.JClass("org.javarosa.core.model.data.StringData")(f"uuid:{self.instance_id}")

    def _date(self, params: Any) -> Any:
        if str(params) != "today":
            fresh = jpype.JClass("org.javarosa.core.model.utils.QuestionPreloader")()
            return fresh.getQuestionPreload("date", params)
        midnight = datetime(self.today.year, self.today.month, self.today.day, tzinfo=UTC)
        return _dated("DateData", int(midnight.timestamp() * 1000))

    def _start(self, params: Any) -> Any:
        return _dated("DateTimeData", self._now) if str(params) == "start" else None

    def _end(self, node: Any, params: Any) -> bool:
        if str(params) != "end":
            return False
        node.setAnswer(_dated("DateTimeData", self._now))
        return True

    def _pulldata(self) -> Any:
        return _proxy(
            "core.model.condition.IFunctionHandler",
            getName=lambda: "pulldata",
            getPrototypes=lambda: jpype.JClass("java.util.ArrayList")(),
            rawArgs=_always,
            realTime=_never,
            eval=self._look_up,
        )

    def _look_up(self, args: Any, _context: Any) -> str:
        text = jpype.JClass("org.javarosa.xpath.expr.XPathFuncExpr").toString
        name, column, key_column, key = (str(text(arg)) for arg in args)
        file = self.media / (name if name.endswith(".csv") else f"{name}.csv")
        return _table(str(file), key_column).get(key, {}).get(column, "")


def _register() -> None:
    prototypes = jpype.JClass("org.javarosa.core.services.PrototypeManager")
    prototypes.registerPrototypes(jpype.JClass("org.javarosa.core.util.JavaRosaCoreModule").classNames)
    prototypes.registerPrototypes(jpype.JClass("org.javarosa.core.model.CoreModelModule").classNames)
    jpype.JClass("org.javarosa.model.xform.XFormsModule")().registerModule()
    geopoint = jpype.JClass("org.javarosa.core.model.actions.setgeopoint.SetGeopointActionHandler").ELEMENT_NAME
    stub = jpype.JClass("org.opendatakit.validate.StubSetGeopointActionHandler")()
    jpype.JClass("org.javarosa.xform.parse.XFormParser").registerActionHandler(geopoint, stub)


@lru_cache(maxsize=64)
def _table(path: str, key_column: str) -> dict[str, dict[str, str]]:
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        return {row[key_column]: row for row in csv.DictReader(file) if row.get(key_column)}


def _preload(handles: str, value: Any, afterwards: Any) -> Any:
    return _proxy(
        "core.model.utils.IPreloadHandler",
        preloadHandled=lambda: handles,
        handlePreload=value,
        handlePostProcess=afterwards,
    )


def _dated(kind: str, millis: int) -> Any:
    moment = jpype.JClass("java.util.Date")(jpype.JLong(millis))
    return jpype.JClass(f"org.javarosa.core.model.data.{kind}")(moment)


def _proxy(interface: str, **methods: Any) -> Any:
    return jpype.JProxy(f"org.javarosa.{interface}", dict=methods)


def _always(*_args: Any) -> bool:
    return True


def _never(*_args: Any) -> bool:
    return False


def _nothing(*_args: Any) -> None:
    return None
