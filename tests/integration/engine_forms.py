"""Turns a form shown in a test into an XForm, and says when the engine is not there."""

import pytest
from pyxform.xls2xform import convert

from forms.engine import engine_available

needs_engine = [
    pytest.mark.engine,
    pytest.mark.skipif(not engine_available(), reason="JavaRosa is missing: pip install 'fieldveil[engine]'"),
]

YES_NO = """
| choices | | | |
| | list_name | name | label |
| | yn | yes | Yes |
| | yn | no | No |
"""


def xform(table: str) -> bytes:
    """The form of a Markdown table, converted as in production."""
    return convert(table, file_type=".md").xform.encode()
