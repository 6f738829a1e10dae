"""Makes the recording of the demo form anew, which machines without Java send: python -m workers.phone.recorded

Needed after every change of the catalogue, of Dorvania or of the demo's brief: a recording fits one form only.
"""

from datetime import date
from pathlib import Path

from forms import demo
from forms.build import build
from forms.catalogue import load
from forms.engine import Engine, Plan, record
from mappings.areas import demo as dorvania
from workers.phone.blank import Blank
from workers.phone.fillers import RECORDING

_INTERVIEWS = 80
# Any day: it is written anew with every replay.
_PLAN = Plan(today=date(2026, 1, 15), salt="recorded")


def demo_blank() -> Blank:
    built = build(demo.brief(), load(), dorvania.load())
    return Blank(built.form_id, built.version, built.title, built.xform, built.media)


def make() -> bytes:
    blank = demo_blank()
    with Engine() as engine:
        return record(engine.open_form(blank.xform, blank.media), range(_INTERVIEWS), _PLAN)


def main() -> None:
    (Path(__file__).parent / RECORDING).write_bytes(make())


if __name__ == "__main__":
    main()
