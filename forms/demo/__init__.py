"""The brief of the demo: a round of key-informant interviews in an invented country."""

from importlib.resources import files

from forms.brief import Brief, load_brief
from forms.catalogue import load
from forms.overlay import Overlay, load_overlay


def brief() -> Brief:
    return load_brief((files(__name__) / "brief.yaml").read_bytes(), "brief.yaml")


def overlay() -> Overlay:
    """What the invented country says in its own words, and asks beside the standard."""
    return load_overlay((files(__name__) / "overlay.yaml").read_bytes(), "overlay.yaml", load())
