"""Invented identifiers, one for each place where a phone or a server can put one: found again, they tell the leak.

This is the one list of them. Each holds a core that exists nowhere else in the world, so that even a part is found.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b

_LATIN = "BCDFGHJKLMNPQRSTVWXZ"
_ARABIC = "بتثجحخدذرزسشصضطظعغفقكلمنهو"
_DIGITS = "0123456789"
_MARK, _OWN = 10, 5


@dataclass(frozen=True, slots=True)
class Canary:
    """`text` is what stands in the place, `core` what is searched for.

    Its first letters, the `mark`, are the same in all of one seed and script: one look tells whether any is there.
    """

    place: str
    text: str
    mark: str
    core: str


# Place -> (alphabet of the core, the text around it). The part before the dot says who writes there.
_SHAPES: dict[str, tuple[str, str]] = {
    "xml.respondent_name": (_LATIN, "Amina {}"),
    "xml.respondent_name_arabic": (_ARABIC, "أمينة {}"),
    "xml.respondent_phone": (_DIGITS, "+963{}"),
    "xml.location": (_DIGITS, "33.51{} 36.27653 0 5"),
    "xml.in_a_new_group": (_ARABIC, "قرية {}"),
    "xml.deviceid": (_LATIN, "collect:{}"),
    "xml.username": (_LATIN, "u-{}"),
    "xml.phonenumber": (_DIGITS, "tel:+963{}"),
    "xml.email": (_LATIN, "{}@example.org"),
    "xml.start": (_DIGITS, "2026-11-02T09:13:27.{}+03:00"),
    "xml.end": (_DIGITS, "2026-11-02T09:41:08.{}+03:00"),
    "xml.audit": (_LATIN, "audit-{}.csv"),
    "xml.instance_name": (_ARABIC, "مقابلة {}"),
    "xml.comment": (_LATIN, "written by {}"),
    "xml.comment_arabic": (_ARABIC, "كتبها {}"),
    "xml.instruction": (_LATIN, "for {}"),
    "xml.cdata": (_LATIN, "<b>{}</b>"),
    "xml.between_answers": (_LATIN, "note {}"),
    "xml.attribute": (_LATIN, "{}"),
    "xml.attribute_arabic": (_ARABIC, "{}"),
    "xml.element_name": (_LATIN, "name_{}"),
    "xml.element_name_arabic": (_ARABIC, "اسم_{}"),
    "xml.namespace": (_LATIN, "http://example.org/{}"),
    "answer.code": (_LATIN, "my cousin {}"),
    "answer.code_arabic": (_ARABIC, "ابنة {}"),
    "answer.one_word": (_LATIN, "{}"),
    "answer.number": (_DIGITS, "963{}"),
    "answer.day": (_LATIN, "{} 2-11-2026"),
    "answer.form_version": (_LATIN, "v-{}"),
    "http.device_id": (_LATIN, "collect:{}"),
    "http.user_agent": (_LATIN, "org.odk.collect.android/v2025.3 (phone of {})"),
    "http.header": (_LATIN, "{}"),
    "http.header_arabic": (_ARABIC, "{}"),
    "http.cookie": (_LATIN, "session={}"),
    "multipart.xml_file": (_LATIN, "interview {}.xml"),
    "multipart.field": (_LATIN, "sent by {}"),
    "multipart.field_name": (_LATIN, "field_{}"),
    "multipart.file": (_LATIN, "photo of {}.jpg"),
    "multipart.file_arabic": (_ARABIC, "صورة {}.jpg"),
    "multipart.file_content": (_LATIN, "taken at the door of {}"),
    "multipart.file_content_arabic": (_ARABIC, "صوت {}"),
}


class Canaries(Mapping[str, Canary]):
    """The canaries of one seed, by place."""

    def __init__(self, seed: int) -> None:
        self._all = {place: _canary(seed, place, *shape) for place, shape in _SHAPES.items()}

    def __getitem__(self, place: str) -> Canary:
        return self._all[place]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def text(self, place: str) -> str:
        return self._all[place].text


def _canary(seed: int, place: str, alphabet: str, around: str) -> Canary:
    mark = _letters(f"{seed}", alphabet, _MARK)
    core = mark + _letters(f"{seed}|{place}", alphabet, _OWN)
    return Canary(place, around.format(core), mark, core)


def _letters(key: str, alphabet: str, count: int) -> str:
    number = int.from_bytes(blake2b(key.encode()).digest())
    letters = []
    for _ in range(count):
        number, place = divmod(number, len(alphabet))
        letters.append(alphabet[place])
    return "".join(letters)
