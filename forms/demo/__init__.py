"""The brief of the demo: a round of key-informant interviews in an invented country."""

from importlib.resources import files

from forms.brief import Brief, load_brief


def brief() -> Brief:
    return load_brief((files(__name__) / "brief.yaml").read_bytes(), "brief.yaml")
