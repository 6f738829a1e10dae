"""Simulated phones against the real letterbox: what they count is what the product counts."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from engine_forms import needs_engine
from phone_stage import OFTEN, Line, open_line, today

from backend.store.engine import transaction
from backend.store.letters import count_letters
from forms.engine import Plan, Templates
from forms.generate import Weights, WeightsError, read_weights
from workers.demo.canary_search import Search
from workers.phone import fillers
from workers.phone.canary import Canaries
from workers.phone.collect import PhoneError
from workers.phone.deliveries import deliveries
from workers.phone.fillers import Effort, FillError, Fillers, Source, open_fillers
from workers.phone.interviews import Habits, Survey, hold
from workers.phone.recorded import demo_blank


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    with open_line(tmp_path_factory.mktemp("line")) as found:
        yield found


RECORDED = Effort(engine=False)


@pytest.fixture(scope="module")
def recorded() -> Fillers:
    blank = demo_blank()
    return Fillers(Source.RECORDED, "", [Templates(fillers.recording(), blank.xform, blank.media)])


def survey(seed: int, habits: Habits = OFTEN, submissions: int = 12) -> Survey:
    return Survey(submissions, seed, today(), 20, habits)


@pytest.mark.engine
@needs_engine[1]
def test_phones_fill_with_the_engine_and_everything_they_posted_is_settled(line: Line) -> None:
    before = line.pull()

    report = line.send(seed=21)

    after = line.pull()
    assert report.source is Source.ENGINE
    assert (report.posted, report.kept, report.echoes) == (12, {}, 0)
    assert after.posted - before.posted == 12
    assert after.agree
    assert sum(report.endings.values()) == 12


def test_without_the_engine_recorded_interviews_are_sent_and_it_says_so(line: Line) -> None:
    before = line.pull()

    report = line.send(effort=RECORDED, seed=22, submissions=30)

    after = line.pull()
    assert report.source is Source.RECORDED
    assert "Without the form engine" in report.note
    assert (report.posted, after.posted - before.posted) == (30, 30)
    assert after.agree


def test_edits_retries_parts_and_duplicates_count_once(line: Line) -> None:
    before = line.pull()

    report = line.send(effort=RECORDED, seed=23, submissions=30, habits=replace(OFTEN, misfit=0.0))

    after = line.pull()
    names = {"first", "cut_off", "lost_answer", "edit", "conflict", "duplicate", "parts", "attachments"}
    assert names <= set(report.counts)
    assert after.posted - before.posted == 30
    assert after.conflicts - before.conflicts == report.counts["conflict"]
    assert after.rejected == before.rejected


def test_the_same_seed_again_posts_nothing_new(line: Line) -> None:
    line.send(effort=RECORDED, seed=24)
    once = line.pull()

    again = line.send(effort=RECORDED, seed=24)

    assert again.posted == 12
    assert line.pull() == once


def test_answers_that_do_not_fit_are_counted_and_not_kept(line: Line) -> None:
    before = line.pull()

    report = line.send(effort=RECORDED, seed=25, submissions=40, habits=Habits(misfit=1.0))

    after = line.pull()
    assert sum(report.misfits.values()) == 40
    assert len(report.misfits) > 5
    assert after.rejects > before.rejects
    assert after.rejected > before.rejected
    assert after.agree


def test_nothing_that_phones_said_beside_the_answers_is_written_down(line: Line) -> None:
    line.send(effort=RECORDED, seed=26, submissions=20)
    line.pull()
    with transaction(line.context.engine) as session:
        assert count_letters(session, line.stage.built.form_id).unread == 0

    assert Search(Canaries(26).values()).in_folder(line.context.settings.home) == []


def test_a_form_that_nobody_recorded_needs_the_engine() -> None:
    other = replace(demo_blank(), xform=b"<another/>")

    with (
        pytest.raises(FillError, match="Leave --recorded out"),
        open_fillers(other, 5, Plan(today=today()), print, RECORDED),
    ):
        pass


def test_the_wrong_form_is_asked_for_by_name(line: Line) -> None:
    with pytest.raises(PhoneError, match="This phone may fill: demo_site_ki"):
        line.send(seed=27, form_id="other_form")


def test_the_recording_fits_the_demo_form_of_today() -> None:
    """If it does not: python -m workers.phone.recorded"""
    blank = demo_blank()

    assert Templates(fillers.recording(), blank.xform, blank.media).fill(1, Plan(today=today())).valid


def test_interviews_repeat_to_the_byte(recorded: Fillers) -> None:
    canaries = Canaries(5)

    first, second = (_bytes(survey(5), recorded, canaries) for _ in range(2))

    assert first == second
    assert first != _bytes(survey(6), recorded, canaries)


def _bytes(chosen: Survey, filler: Fillers, canaries: Canaries) -> list[Any]:
    interviews = [hold(chosen, number, filler, canaries) for number in range(12)]
    return [list(deliveries(chosen, interview, canaries)) for interview in interviews]


def test_days_lie_in_the_weeks_before_today_but_for_wrong_clocks(recorded: Fillers) -> None:
    chosen = survey(5, replace(OFTEN, misfit=0.0, wrong_clock=0.2), submissions=60)

    held = [hold(chosen, number, recorded, Canaries(5)) for number in range(60)]

    days = {_day(interview.xml) for interview in held if not interview.wrong_clock}
    odd = {_day(interview.xml) for interview in held if interview.wrong_clock}
    assert 10 < len(days) <= 21
    assert max(days) <= today().isoformat()
    assert odd
    assert odd.isdisjoint(days)


def test_misfits_and_wrong_clocks_come_as_often_as_the_habits_say(recorded: Fillers) -> None:
    chosen = survey(5, Habits(misfit=0.5, wrong_clock=0.25), submissions=80)

    held = [hold(chosen, number, recorded, Canaries(5)) for number in range(80)]

    assert 25 <= sum(bool(interview.misfit) for interview in held) <= 55
    assert 8 <= sum(interview.wrong_clock for interview in held) <= 32


def _day(xml: bytes) -> str:
    return xml.decode().split("<ctx_date>")[1].split("<")[0]


@pytest.mark.engine
@needs_engine[1]
def test_a_large_survey_is_varied_from_interviews_the_engine_filled() -> None:
    ticks: list[int] = []
    effort = Effort(most=5, distinct=6)

    with open_fillers(demo_blank(), 30, Plan(today=today()), ticks.append, effort) as found:
        held = [hold(survey(5, Habits()), number, found, Canaries(5)) for number in range(30)]

    assert found.source is Source.VARIED
    assert "filled 6 interviews" in found.note
    assert sum(ticks) == 6
    assert len({interview.instance_id for interview in held}) == 30


@pytest.mark.engine
@needs_engine[1]
def test_weights_lean_what_phones_send_and_a_slip_in_them_is_refused() -> None:
    told = read_weights(b"weights: {cte_com_001: {urban: 1}}", "weights.yaml")
    slip = read_weights(b"weights: {cte_com_1: {urban: 1}}", "weights.yaml")
    plan = told.plan(today(), "survey 5")

    with open_fillers(demo_blank(), 3, plan, _quiet, Effort(most=0, distinct=4, weights=told)) as found:
        sent = [found.fill(number, f"{number}", plan).answers for number in range(30)]

    types = {one["/data/community/community_1/cte_com_001"] for one in sent if "/data/goodbye/clo_code" in one}
    assert types == {"urban"}
    with pytest.raises(WeightsError, match="no question cte_com_1"), _opened(slip):
        pass


def test_recorded_interviews_do_not_pretend_to_heed_weights() -> None:
    with pytest.raises(FillError, match="cannot heed weights"), _opened(read_weights(b"", "w"), engine=False):
        pass


def _quiet(_filled: int) -> None:
    pass


def _opened(weights: Weights, *, engine: bool = True) -> AbstractContextManager[Fillers]:
    return open_fillers(demo_blank(), 1, Plan(today=today()), _quiet, Effort(engine=engine, weights=weights))


def test_an_invalid_interview_is_never_sent(recorded: Fillers) -> None:
    class Broken:
        def fill(self, seed: int | str, plan: Plan) -> Any:
            return replace(recorded.fill(0, str(seed), plan), valid=False)

        def fill_many(self, seeds: Any, plan: Plan) -> Any:
            raise NotImplementedError

    with pytest.raises(FillError, match="Interview 3"):
        Fillers(Source.ENGINE, "", [Broken()]).fill(3, "s", Plan(today=today()))


def test_recording_files_are_part_of_the_package() -> None:
    assert (Path(fillers.__file__).parent / fillers.RECORDING).stat().st_size > 5_000
