"""stub"""

from forms.catalogue.collection import Entries
from forms.catalogue.findings import Finding


def check(entries: Entries) -> list[Finding]:
    return []
