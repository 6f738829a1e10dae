"""Without Java the product says what is missing and what to do, before anything is started."""

import sys
from pathlib import Path

import pytest

from forms.engine import Engine, EngineMissingError, engine_available, jvm


def test_without_the_python_bridge_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jpype", None)

    assert not engine_available()
    with pytest.raises(EngineMissingError, match=r"jpype1.*fieldveil\[engine\]"), Engine():
        pass


@pytest.mark.parametrize(
    ("version", "fits"), [("1.8.0_402", False), ("10.0.2", False), ("11.0.22", True), ("25", True)]
)
def test_a_java_older_than_eleven_is_refused(
    version: str, fits: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = tmp_path / "lib" / "server" / "libjvm.so"
    library.parent.mkdir(parents=True)
    library.touch()
    (tmp_path / "release").write_text(f'IMPLEMENTOR="x"\nJAVA_VERSION="{version}"\n')
    monkeypatch.setattr(jvm, "_library", lambda: library)

    said = jvm.lacking()

    assert (said is None) == fits
    assert fits or "older than 11" in str(said)


def test_without_any_java_the_error_says_where_one_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jvm, "_library", lambda: None)

    assert "JAVA_HOME" in str(jvm.lacking())
