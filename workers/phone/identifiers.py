"""Puts identifiers into the XML of a filled form, in every place where XML can hold one and no form of ours asks."""

import re
from xml.sax.saxutils import escape, quoteattr

from workers.phone.canary import Canaries

_ROOT = re.compile(r"^(?P<head>(?:<\?xml[^>]*\?>)?\s*)<(?P<name>[\w:.-]+)(?P<rest>[^>]*)>")


def with_identifiers(xml: bytes, canaries: Canaries, *, plain: bool = False) -> bytes:
    """Still the same answers: what is added is not in the form, as a careless or foreign phone might add it.

    `plain` leaves out comments and processing instructions, at which KoBoToolbox breaks with an error 500.
    """
    text = xml.decode()
    root = _ROOT.match(text)
    if root is None or "</meta>" not in text:
        raise ValueError("not the XML of a filled form: it has no root or no meta")
    body, closing = text[root.end() :].rsplit("</", 1)
    body = body.replace("</meta>", f"{_in_meta(canaries)}</meta>")
    tag = f"<{root['name']}{root['rest']}{_attributes(canaries)}>"
    before, after = ("", "") if plain else (_before(canaries), _after(canaries))
    return f"{root['head']}{before}{tag}{_first(canaries)}{body}{_last(canaries)}{after}</{closing}".encode()


def _before(canaries: Canaries) -> str:
    return f"<!-- {canaries.text('xml.comment')} --><?sent {canaries.text('xml.instruction')}?>"


def _attributes(canaries: Canaries) -> str:
    spread = {
        "xmlns:who": "xml.namespace",
        "who:enumerator": "xml.attribute",
        "معرف": "xml.attribute_arabic",
    }
    return "".join(f" {name}={quoteattr(canaries.text(place))}" for name, place in spread.items())


def _first(canaries: Canaries) -> str:
    nodes = {
        "start": "xml.start",
        "end": "xml.end",
        "deviceid": "xml.deviceid",
        "username": "xml.username",
        "phonenumber": "xml.phonenumber",
        "email": "xml.email",
        "respondent_name": "xml.respondent_name",
        "اسم": "xml.respondent_name_arabic",
        "respondent_phone": "xml.respondent_phone",
        "location": "xml.location",
    }
    between = escape(canaries.text("xml.between_answers"))
    return between + "".join(_node(name, canaries.text(place)) for name, place in nodes.items())


def _last(canaries: Canaries) -> str:
    named = "".join(_node(canaries.text(place), "yes") for place in ("xml.element_name", "xml.element_name_arabic"))
    return (
        f"<household><member>{_node('village', canaries.text('xml.in_a_new_group'))}</member></household>"
        f"<remarks><![CDATA[{canaries.text('xml.cdata')}]]></remarks>{named}"
    )


def _after(canaries: Canaries) -> str:
    return f"<!-- {canaries.text('xml.comment_arabic')} -->"


def _in_meta(canaries: Canaries) -> str:
    return _node("instanceName", canaries.text("xml.instance_name")) + _node("audit", canaries.text("xml.audit"))


def _node(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>"
