"""The letterbox under six phones in parallel: its requests a second over those of a Flask hello in the same process.

Once in the server as it is run, where both pass the product's checks and headers, and once in a Flask app that holds
nothing else. Commits are durable (SQLite, synchronous=FULL), each letter is new, connections stay open.
"""

import http.client
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import waitress
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask
from sqlalchemy import Engine, insert

from backend.app import create_app
from backend.app.guard import Gate, open_to
from backend.crypto import token_hash
from backend.letterbox.routes import create_blueprint
from backend.letterbox.serving import waitress_options
from backend.settings import Settings
from backend.store import tables
from backend.store.engine import open_engine, transaction
from backend.store.migrate import upgrade

PHONES = 6
REQUESTS = 150
ROUNDS = 7
GOAL = 0.3
_TOKEN = "benchmark-token"  # noqa: S105 (of a throw-away database)


def main() -> None:
    for server in ("product", "bare"):
        with tempfile.TemporaryDirectory() as folder:
            _measure(server, folder)


def _measure(server: str, folder: str) -> None:
    process = subprocess.Popen(_command(server, folder), stdout=subprocess.PIPE, text=True)  # noqa: S603 (this module)
    try:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        if not port:
            raise SystemExit("The server of the benchmark did not start; why stands above.")
        # The phones run in a process of their own: they must not share the server's interpreter lock.
        subprocess.run(_command("phones", port, server), check=True)  # noqa: S603 (this module)
    finally:
        process.terminate()
        process.wait()


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "benchmarks.letterbox", *arguments]


# ---- the server ------------------------------------------------------------------------------------------------------


def _serve(kind: str, folder: str) -> None:
    settings = Settings(home=Path(folder), log_level="ERROR")
    engine = open_engine(settings.database)
    upgrade(engine)
    _fill(engine)
    if kind == "product":
        app: Flask = create_app(settings)
    else:
        app = Flask("bare")
        app.register_blueprint(create_blueprint(engine, settings, b"k" * 32))
    app.get("/hello")(open_to(Gate.ANYONE)(_hello))
    server = waitress.create_server(app, host="127.0.0.1", port=0, **waitress_options(settings))
    print(server.effective_port, flush=True)
    server.run()


def _hello() -> str:
    return "hello"


def _fill(engine: Engine) -> None:
    today = datetime.now(UTC).date()
    point = ec.generate_private_key(ec.SECP256R1()).public_key()
    public_key = point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    key = {"key_id": "bench-1", "month": f"{today:%Y-%m}", "public_key": public_key}
    form = {"form_id": "core", "survey_id": "S", "respondent_kind": "ki", "title": "Core", "practice": False}
    user = {"id": 1, "label": "phone", "token_hash": token_hash(_TOKEN), "created_on": today}
    with transaction(engine) as session:
        session.execute(insert(tables.survey).values(**_survey(today)))
        row = form | {"server": "letterbox", "server_form_id": "core", "state": "open"}
        session.execute(insert(tables.form).values(**row))
        session.execute(insert(tables.app_user).values(**user))
        session.execute(insert(tables.app_user_form).values(app_user_id=1, form_id="core"))
        session.execute(insert(tables.letter_key).values(**key))


def _survey(today: date) -> dict[str, object]:
    """Every column needs something; none of it is looked at here."""
    values: dict[str, object] = {}
    for column in tables.survey.c:
        kind = column.type.python_type
        values[column.name] = {date: today, int: 14, bool: True, dict: ["x"]}.get(kind, "x")
    return values | {"survey_id": "S"}


# ---- the phones ------------------------------------------------------------------------------------------------------


def _phones(port: int, server: str) -> None:
    say_hello, post = _rate_of(port, _hello_request, 200), _rate_of(port, _submission, 201)
    for warm_up in (say_hello, post):
        warm_up()
    ratios = []
    for _ in range(ROUNDS):
        hello, letters = say_hello(), post()
        ratios.append(letters / hello)
        print(f"  hello {hello:6.0f}/s   letters {letters:6.0f}/s   ratio {ratios[-1]:.2f}", flush=True)
    size, goal = len(_submission()) / 1000, f" (goal {GOAL})" if server == "product" else ""
    median = f"{statistics.median(ratios):.2f}{goal}"
    print(f"letterbox / hello in the {server} server, {PHONES} phones, {size:.0f} KB a letter: {median}", flush=True)


def _hello_request() -> bytes:
    return b"GET /hello HTTP/1.1\r\nHost: fieldveil\r\n\r\n"


def _submission() -> bytes:
    """As Collect writes it: about eighty questions in a dozen groups, names as the catalogue has them."""
    groups = "".join(
        f"<section_{n}>"
        + "".join(
            f"<cte_com_{n}{m}_recruitment_offer>answer_code_{m}</cte_com_{n}{m}_recruitment_offer>" for m in range(7)
        )
        + f"</section_{n}>"
        for n in range(12)
    )
    meta = f"<orx:meta><orx:instanceID>uuid:{uuid.uuid4()}</orx:instanceID></orx:meta>"
    namespaces = 'xmlns:h="http://www.w3.org/1999/xhtml" xmlns:orx="http://openrosa.org/xforms"'
    xml = f'<?xml version="1.0"?><data id="core" version="1" {namespaces}>{groups}{meta}</data>'
    part = 'Content-Disposition: form-data; name="xml_submission_file"; filename="core.xml"\r\nContent-Type: text/xml'
    # A new one for each upload, as phones do it.
    boundary = str(uuid.uuid4())
    body = f"--{boundary}\r\n{part}\r\n\r\n{xml}\r\n--{boundary}--\r\n".encode()
    head = (
        f"POST /letterbox/{_TOKEN}/submission?deviceID=x HTTP/1.1\r\nHost: fieldveil\r\nX-OpenRosa-Version: 1.0\r\n"
        f"Content-Type: multipart/form-data; boundary={boundary}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _rate_of(port: int, request: Callable[[], bytes], expected: int) -> Callable[[], float]:
    def phone(requests: list[bytes]) -> None:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            for one in requests:
                connection.sendall(one)
                response = http.client.HTTPResponse(connection)
                response.begin()
                response.read()
                assert response.status == expected, response.status

    def measure() -> float:
        # Written beforehand: what a phone spends on its form is not the server's time.
        work = [[request() for _ in range(REQUESTS)] for _ in range(PHONES)]
        threads = [threading.Thread(target=phone, args=(requests,)) for requests in work]
        started = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return PHONES * REQUESTS / (time.perf_counter() - started)

    return measure


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["phones", port, server]:
            _phones(int(port), server)
        case [server, folder]:
            _serve(server, folder)
        case _:
            main()
