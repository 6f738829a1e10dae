"""What a form must not ask or record: identifiers in four languages, victims, places, voices, and no consent."""

import pytest
from form_tables import YES_NO, checked, told

from forms.catalogue import load

HEAD = """
| settings | form_title | form_id |
|          | T          | t       |
"""
CONSENTED = """
| survey |
| | type | name | label{language} | relevant |
| | select_one yn | consent | ? | |
| | {kind} | q1 | {label} | ${{consent}}='yes' |
"""


def asking(label: str, kind: str = "text", language: str = "") -> list[tuple[str, str]]:
    """A form that asks this after a consent question."""
    return told(checked(CONSENTED.format(kind=kind, label=label, language=language) + YES_NO + HEAD))


@pytest.mark.parametrize(
    ("code", "labels"),
    [
        ("asks-name", ["What is your name?", "Quel est votre nom ?", "¿Cuál es su nombre completo?", "ما اسمك؟"]),
        ("asks-contact", ["Your phone number", "Votre numéro de téléphone", "Su número de teléfono", "ما رقم هاتفك؟"]),
        (
            "asks-id-number",
            ["Passport number of the person", "Votre numéro de passeport", "Su número de cédula", "رقم الهوية للشخص"],
        ),
        ("asks-birth-date", ["Date of birth", "Date de naissance", "Fecha de nacimiento", "تاريخ الميلاد"]),
        ("asks-exact-place", ["Your address", "Votre adresse", "Su domicilio", "ما عنوانك؟"]),
    ],
)
def test_identifiers_are_found_in_four_languages(code: str, labels: list[str]) -> None:
    columns = ["::English (en)", "::Français (fr)", "::Español (es)", "::العربية (ar)"]

    found = [asking(label, language=column) for label, column in zip(labels, columns, strict=True)]

    assert found == [[(code, "survey!C3")]] * 4


def test_identifiers_are_found_when_the_columns_name_no_language() -> None:
    assert asking("ما اسمك؟") == [("asks-name", "survey!C3")]
    assert asking("Votre adresse") == [("asks-exact-place", "survey!C3")]


def test_the_name_of_a_question_tells_too() -> None:
    form = CONSENTED.format(kind="text", label="Please write", language="").replace("q1", "first_name")

    assert told(checked(form + YES_NO + HEAD)) == [("asks-name", "survey!B3")]


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("geopoint", "location-capture"),
        ("start-geopoint", "location-capture"),
        ("geoshape", "location-capture"),
        ("audio", "media-capture"),
        ("image", "media-capture"),
        ("photo", "media-capture"),
        ("barcode", "media-capture"),
        ("deviceid", "device-identifier"),
        ("username", "device-identifier"),
        ("start", "time-stamp"),
    ],
)
def test_what_locates_records_or_identifies_is_refused_by_its_type(kind: str, code: str) -> None:
    assert (code, "survey!A3") in asking("Please", kind=kind)


def test_the_number_and_address_of_the_phone_fail_on_the_web_as_well() -> None:
    assert set(asking("Please", kind="phonenumber")) == {
        ("device-identifier", "survey!A3"),
        ("not-in-web-forms", "survey!A3"),
    }


def test_an_audit_with_places_is_both_a_time_stamp_and_a_location() -> None:
    form = CONSENTED.format(kind="integer", label="Wells", language="").replace(
        "| relevant |", "| relevant | parameters |"
    )
    audit = "| | audit | | | | location-priority=balanced location-min-interval=60 location-max-age=120 |"

    codes = {code for code, _ in told(checked(form + audit + YES_NO + HEAD))}

    assert codes == {"time-stamp", "location-capture", "not-in-web-forms"}


@pytest.mark.parametrize(
    "label",
    [
        "Were you trafficked?",
        "Avez-vous été victime de traite ?",
        "¿Ha sido usted víctima de trata?",
        "هل تعرضت للاتجار؟",
        "Have you been forced to work?",
    ],
)
def test_nobody_is_asked_whether_they_are_a_victim(label: str) -> None:
    assert ("victim-directed", "survey!C3") in asking(label, kind="select_one yn")


def test_sensitive_questions_need_a_referral_pathway() -> None:
    codes = [code for code, _ in asking("Have you heard of trafficking here?", kind="select_one yn")]

    assert codes == ["no-referral", "names-trafficking"]


def test_a_form_that_names_help_has_a_referral_pathway() -> None:
    form = CONSENTED.format(kind="select_one yn", label="Have you heard of trafficking here?", language="")
    note = "| | note | help | Show the list of services of the referral pathway. | |"

    assert [code for code, _ in told(checked(form + note + YES_NO + HEAD))] == ["names-trafficking"]


def test_people_are_asked_without_consent() -> None:
    form = "| survey |\n| | type | name | label |\n| | today | today | |\n| | integer | wells | Wells |"

    assert told(checked(form + HEAD)) == [("no-consent", "survey!A3")]


def test_a_consent_that_changes_nothing() -> None:
    form = CONSENTED.format(kind="integer", label="Wells", language="").replace("${consent}='yes'", "")

    assert told(checked(form + YES_NO + HEAD)) == [("consent-without-effect", "survey!B2")]


def test_a_question_outside_the_consent_is_a_note() -> None:
    form = CONSENTED.format(kind="integer", label="Wells", language="") + "| | integer | cows | Cows | |"

    report = checked(form + YES_NO + HEAD)

    assert [(str(one.code), one.place.name) for one in report.notes] == [("outside-consent", "cows")]


OURS = """
| survey |
| | type | name | label | relevant | calculation |
| | calculate | fv_catalogue | | | '1' |
| | select_one yn | con_given | Consent? | | |
| | select_one yn | {name} | ? | ${{con_given}}='yes' | |
"""


def test_an_indicator_of_the_desk_is_refused_on_a_phone() -> None:
    never = next(one for one in load().indicators if not one.is_field)
    report = checked(OURS.format(name=never.question_name) + YES_NO + HEAD)

    found = [(str(one.code), one.place.cell, one.place.entry) for one in report.errors]
    assert ("too-sensitive", "survey!B4", never.id) in found


def test_a_sensitive_indicator_needs_the_guide_on_disclosure() -> None:
    sensitive = next(one for one in load().indicators if one.is_field and one.sensitivity == 3)
    bare = OURS.format(name=sensitive.question_name)
    guided = bare + "| | note | dis_guide | Guide | | |"

    assert told(checked(bare + YES_NO + HEAD)) == [("no-referral", "survey!B4")]
    assert told(checked(guided + YES_NO + HEAD)) == []


def test_questions_about_violence_are_for_specialists() -> None:
    codes = [code for code, _ in asking("Is there sexual violence here?", kind="select_one yn")]

    assert codes == ["no-referral", "asks-violence"]
