"""The core form in one language, to look at before it is complete: the way it runs, and where a text is missing."""

from dataclasses import replace

from forms import demo
from forms.catalogue import load
from forms.catalogue.packs import Pack, trying
from forms.paper import paper
from forms.questionnaire.assemble import assemble
from mappings.areas import demo as dorvania


def preview(pack: Pack) -> bytes:
    """A page of HTML, with the areas of the invented country of the demo. Drafts can be looked at too."""
    with trying(pack):
        brief = replace(demo.brief(), languages=(pack.code,), title=f"{pack.language.name} · preview")
        assembled = assemble(brief, load(), dorvania.load())
        return paper(replace(assembled.questionnaire, version="preview"), pack.code, draft=True)
