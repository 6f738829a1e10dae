"""What stands between a form and its server is said in one sentence, in the browser and at a terminal."""

import re
from pathlib import Path

import pytest

from backend.troubles import TROUBLES, told
from workers.net import NetError
from workers.servers.breaker import change_refusal, refusal
from workers.servers.registration import RegistrationError
from workers.servers.source import PullError

WORKERS = Path(__file__).parents[2] / "workers"


@pytest.mark.parametrize("status", [None, 401, 402, 403, 404, 429, 500])
def test_a_refusal_says_at_a_terminal_what_the_pages_say(status: int | None) -> None:
    error = NetError("it did not answer", permanent=False, status=status)

    for found in (refusal(error, "field"), *(change_refusal(error, "field", is_entered=one) for one in (True, False))):
        assert TROUBLES[found.code] in str(found)
        assert "field" in str(found)


def test_the_sentence_stands_between_the_place_and_what_can_be_done() -> None:
    sentence = TROUBLES["form_unknown"]

    assert told("form_unknown") == sentence
    assert str(PullError("form_unknown", "Form a", "Look.")) == f"Form a: {sentence} Look."
    assert str(RegistrationError("server_kind", "Look.")) == f"{TROUBLES['server_kind']} Look."


def test_every_code_that_a_worker_gives_has_a_sentence() -> None:
    code = re.compile(r'\b(?:PullError|RegistrationError|Finding|told)\(\s*"(\w+)"')

    given = {found for file in WORKERS.rglob("*.py") for found in code.findall(file.read_text(encoding="utf-8"))}

    assert len(given) > 10
    assert given - TROUBLES.keys() == set()
