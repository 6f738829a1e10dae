"""Strip, with apply out of the way: no identifier gets through, whoever put it where."""

import pickle
from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_form import FULL, KEYS, MAPPING, PLACES, RECEIVED, raw, strip

from mappings.decode import META, Decoder
from mappings.model import Clock, Outcome, RawSubmission, Reason, Reject
from mappings.privacy.pseudonym import Keys, collector_key, site_key, submission_key, withdrawal_key
from mappings.strip import UNFIT, Setting, Strip

CANARIES = ("AMINA-SECRET-7731", "أمينة السرية", "+963 944 123 456", "33.5138 36.2765 0 5", "amina@example.org")


def test_a_full_interview_is_stored_under_a_pseudonym() -> None:
    result = strip()

    assert result.outcome is Outcome.STORED
    assert result.submission_key == submission_key(KEYS, "small", "uuid:root-1")
    assert result.rejects == ()


def test_who_asked_and_where_become_pseudonyms() -> None:
    clean = strip().clean

    assert clean is not None
    assert clean.collector_key == collector_key(KEYS, "E01")
    assert clean.site_key == site_key(KEYS, "S1")
    assert clean.withdrawal_key == withdrawal_key(KEYS, "small", "0123abcd")


def test_how_was_asked_and_what_kind_of_source_answered_are_kept() -> None:
    clean = strip().clean

    assert clean is not None
    assert (clean.method, clean.source_group, clean.source_sex) == ("ki", "leader", "f")
    assert (clean.org_code, clean.period, clean.minutes) == ("ORG-A", "2026-04", 25)


def test_another_round_gives_other_names_but_the_same_site() -> None:
    later = Keys(b"x" * 32, KEYS.country_key)

    assert collector_key(later, "E01") != collector_key(KEYS, "E01")
    assert site_key(later, "S1") == site_key(KEYS, "S1")


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="fewer than 32 bytes"):
        Keys(b"short", b"c" * 32)


def test_the_day_becomes_a_month() -> None:
    clean = strip().clean

    assert clean is not None
    assert clean.period == "2026-04"
    assert "2026-04-09" not in repr(clean)


@pytest.mark.parametrize("canary", CANARIES)
@pytest.mark.parametrize("path", sorted(name for name in FULL if name != "rep" and not name.startswith("_")))
def test_an_identifier_in_any_question_does_not_get_through(path: str, canary: str) -> None:
    result = strip(**{path: canary})

    assert canary not in repr(result)


@pytest.mark.parametrize("canary", CANARIES)
def test_an_identifier_in_a_repeat_does_not_get_through(canary: str) -> None:
    result = strip(rep=[{"rep/kind": canary, "rep/count": canary, "rep/name": canary}])

    assert canary not in repr(result)


@pytest.mark.parametrize("canary", CANARIES)
def test_what_servers_and_phones_add_does_not_get_through(canary: str) -> None:
    extra = {"_submitted_by": canary, "deviceid": canary, "who/name": canary, "_geolocation": [canary], "_uuid": canary}

    assert canary not in repr(strip(**extra))


@given(st.dictionaries(st.sampled_from(sorted(set(FULL) - {"rep"})), st.text(min_size=6), max_size=8))
def test_no_text_that_the_form_does_not_know_is_in_a_clean_submission(answers: dict[str, str]) -> None:
    clean = strip(**answers).clean

    known = {code for one in MAPPING.rules for code in one.codes} | {c for one in MAPPING.about for c in one.codes}
    given_words = clean.answers + clean.about if clean else ()
    assert all(
        word is None or word == UNFIT or set(str(word).split(" ")) <= known or _is_number(word) for word in given_words
    )


def _is_number(word: object) -> bool:
    return str(word).replace(".", "", 1).lstrip("-").isascii() and len(str(word)) <= 15


@pytest.mark.parametrize("number", ["0944123456", "00963944123456", "12345678", 963944123456])
def test_a_number_as_long_as_a_telephone_is_not_kept(number: object) -> None:
    clean = strip(rec__people=number).clean

    assert clean is not None
    assert clean.answers[2] == UNFIT


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"con/given": "no"}, "refused"),
        ({"con/given": None}, "refused"),
        ({"con/given": "YES"}, "refused"),
        ({"con/understood": "no", "con/given": None}, "not_understood"),
        ({"saf/private": "no", "con/understood": None, "con/given": None}, "stopped_safety"),
        ({"saf/private": None}, "stopped_safety"),
    ],
)
def test_without_the_gate_nothing_but_a_count_is_kept(answer: dict[str, str | None], kind: str) -> None:
    result = strip(**answer)

    assert result.outcome is Outcome.REFUSED
    assert result.clean is None
    assert result.rejects == ()
    assert result.sighting.kinds == ("received", kind)


def test_a_refusal_is_counted_in_its_area_and_month() -> None:
    sighting = strip(con__given="no").sighting

    assert (sighting.adm1, sighting.month, sighting.day) == ("XA01", "2026-04", RECEIVED)


def test_the_informant_s_safety_is_a_counter_and_nothing_else() -> None:
    result = strip(clo__distress="yes", dis__action="referred")

    assert result.sighting.kinds == ("received", "distress", "disclosure_action:referred")
    assert "distress" not in repr(result.clean)


def test_the_enumerator_s_note_is_read_before_the_gate() -> None:
    result = strip(con__given="no", clo__safe="no", clo__talk="yes")

    assert result.sighting.note == (collector_key(KEYS, "E01"), False, True)


def test_an_enumerator_who_is_well_leaves_no_note() -> None:
    assert strip().sighting.note is None


def test_an_area_that_is_not_ours_rejects_the_whole_submission() -> None:
    result = strip(who__adm1="ZZ01")

    assert result.outcome is Outcome.REJECTED
    assert result.rejects == (Reject("who/adm1", Reason.NO_AREA),)


def test_a_submission_without_an_id_is_rejected() -> None:
    result = strip(**{"meta/rootUuid": None, "meta/instanceID": None})

    assert result.rejects == (Reject("meta/instanceID", Reason.NO_ROOT),)


def test_a_former_p_code_is_read_as_today_s() -> None:
    assert strip(who__adm1="XA99").sighting.adm1 == "XA01"


@pytest.mark.parametrize(
    ("answers", "kinds"),
    [
        ({"ctx/site": "XA010101-NIL"}, ("nil:site",)),
        ({"ctx/adm3": "XA0101-NIL", "ctx/site": "XA0101-NIL-NIL"}, ("nil:adm3", "nil:site")),
        (
            {"who/adm2": "XA01-NIL", "ctx/adm3": "XA01-NIL-NIL", "ctx/site": "XA01-NIL-NIL-NIL"},
            ("nil:adm2", "nil:adm3", "nil:site"),
        ),
    ],
)
def test_not_in_the_list_is_null_and_counted(answers: dict[str, str], kinds: tuple[str, ...]) -> None:
    result = strip(**answers)

    assert result.sighting.kinds == ("received", *kinds, "disclosure_action:none")
    assert result.rejects == ()
    assert result.clean is not None
    assert result.clean.site_key is None


def test_an_invented_not_in_the_list_is_rejected() -> None:
    result = strip(ctx__site="AMINA-NIL")

    assert result.rejects == (Reject("ctx/site", Reason.NOT_IN_LIST),)


@pytest.mark.parametrize(
    ("answers", "path"),
    [({"who/adm2": "XA0201"}, "who/adm2"), ({"ctx/adm3": "XA020101"}, "ctx/adm3"), ({"ctx/site": "S2"}, "ctx/site")],
)
def test_a_place_outside_the_one_above_is_rejected_and_left_out(answers: dict[str, str], path: str) -> None:
    result = strip(**answers)

    assert Reject(path, Reason.OUTSIDE_PARENT) in result.rejects
    assert result.outcome is Outcome.STORED


@pytest.mark.parametrize(
    ("today", "clock", "period"),
    [
        ("2026-04-11", Clock.OK, "2026-04"),
        ("2026-02-28", Clock.OK, "2026-02"),
        ("2026-02-27", Clock.EARLY, "2026-04"),
        ("1970-01-01", Clock.EARLY, "2026-04"),
        ("2026-04-12", Clock.FUTURE, "2026-04"),
        ("2062-04-12", Clock.FUTURE, "2026-04"),
    ],
)
def test_an_impossible_day_gives_way_to_the_month_of_receipt(today: str, clock: Clock, period: str) -> None:
    clean = strip(today=today).clean

    assert clean is not None
    assert (clean.clock, clean.period) == (clock, period)


@pytest.mark.parametrize("today", ["yesterday", "2026-13-01", "2026-02-30", "10/04/2026"])
def test_a_day_that_is_none_is_a_reject_and_an_early_clock(today: str) -> None:
    result = strip(today=today)

    assert result.rejects == (Reject("today", Reason.NOT_A_DAY),)
    assert result.clean is not None
    assert result.clean.clock == Clock.EARLY


@pytest.mark.parametrize(
    ("answers", "reject"),
    [
        ({"who/enum": "E99"}, Reject("who/enum", Reason.NOT_IN_LIST)),
        ({"who/enum": None}, Reject("who/enum", Reason.NOT_IN_LIST)),
        ({"who/org": "OTHER"}, Reject("who/org", Reason.NOT_IN_LIST)),
        ({"ctx/method": "spy"}, Reject("ctx/method", Reason.NOT_IN_LIST)),
        ({"ctx/group": "chief"}, Reject("ctx/group", Reason.NOT_IN_LIST)),
        ({"dis/action": "told"}, Reject("dis/action", Reason.NOT_IN_LIST)),
        ({"clo/code": "Amina"}, Reject("clo/code", Reason.WRONG_SHAPE)),
        ({"q_minutes": "601"}, Reject("q_minutes", Reason.OUT_OF_RANGE)),
        ({"q_minutes": "-1"}, Reject("q_minutes", Reason.OUT_OF_RANGE)),
    ],
)
def test_a_bad_answer_about_the_interview_is_a_reject_without_its_value(
    answers: dict[str, str], reject: Reject
) -> None:
    result = strip(**answers)

    assert result.rejects == (reject,)
    assert result.outcome is Outcome.STORED


def test_edits_keep_the_name_of_the_first_version() -> None:
    edited = strip(**{"meta/instanceID": "uuid:edit-5"})

    assert edited.submission_key == strip().submission_key


def test_a_raw_submission_shows_nothing_and_cannot_be_pickled() -> None:
    submission = raw(who__enum="AMINA-SECRET")

    assert "AMINA" not in f"{submission!r}{submission}"
    with pytest.raises(TypeError, match="never pickled"):
        pickle.dumps(submission)


def test_strip_remembers_only_what_the_form_can_have() -> None:
    read = Strip(MAPPING, Setting(KEYS, PLACES, date(2026, 3, 1)))
    for canary in CANARIES:
        read(raw(rec__how_often=canary, who__adm1=canary, today=canary, who__enum=canary, ctx__sex=canary), RECEIVED)

    assert all(canary not in repr(vars(read)) + repr(vars(read._locate)) for canary in CANARIES)


def test_strip_remembers_nothing_that_stands_where_the_form_does_not_ask() -> None:
    silent = msgspec.structs.replace(MAPPING, interview=msgspec.structs.replace(MAPPING.interview, source_sex=None))
    read = Strip(silent, Setting(KEYS, PLACES, date(2026, 3, 1)))
    place = Decoder(silent).layout.interview.index("") + len(META)
    read(raw(silent, **{f"(not asked {place})": CANARIES[0]}), RECEIVED)

    assert read._whos == {}
    assert CANARIES[0] not in repr(vars(read))


def test_every_raw_submission_is_of_the_hidden_kind() -> None:
    assert isinstance(raw(), RawSubmission)
    assert isinstance(msgspec.structs.astuple(raw(rep=[{"rep/kind": "a"}]))[-1][0], RawSubmission)
