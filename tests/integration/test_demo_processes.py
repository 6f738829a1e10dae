"""Child processes: started in order, watched, and gone when their program is gone, however it ended."""

import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import AuthenticationError

from backend.settings import Settings, child_environment
from workers.demo.broker_watch import BrokerWatch
from workers.processes.broker import answers, free_port, start_broker
from workers.processes.children import ChildError, Children, stopping_on_signals
from workers.processes.parts import address, check_free, listens, start_web

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
ENVIRONMENT = dict(os.environ)


def is_running(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rsplit(")", 1)[1].split()[0] != "Z"


def wait_for(condition: object, seconds: float = 10) -> bool:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if condition():  # type: ignore[operator]
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def children(tmp_path: Path) -> Iterator[Children]:
    with Children(ENVIRONMENT, tmp_path / "logs") as found:
        yield found


# ---- tether ----------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties processes together")
def test_a_child_dies_with_a_parent_that_was_killed() -> None:
    code = (
        "import os, subprocess, sys, time\n"
        f"command = [sys.executable, '-m', 'workers.processes.tether', str(os.getpid()), *{SLEEP!r}]\n"
        "print(subprocess.Popen(command).pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        # Only once it has become the program: before, it looks for its parent by itself.
        assert wait_for(lambda: b"tether" not in Path(f"/proc/{child}/cmdline").read_bytes())
        parent.kill()

        assert wait_for(lambda: not is_running(child))


def test_a_child_whose_parent_is_gone_already_does_not_start() -> None:
    command = [sys.executable, "-m", "workers.processes.tether", "1", *SLEEP]

    assert subprocess.run(command, timeout=20, check=False).returncode == 1


@pytest.mark.parametrize(("parent", "code"), [("os.getppid()", 3), ("-1", -signal.SIGKILL)])
def test_where_nothing_ties_them_the_program_is_watched(parent: str, code: int) -> None:
    child = "import time; time.sleep(2); raise SystemExit(3)"
    program = (
        "import os, sys; from workers.processes.tether import watch\n"
        f"print(watch({parent}, [sys.executable, '-c', {child!r}]))"
    )

    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert answer.stdout == f"{code}\n"


# ---- children --------------------------------------------------------------------------------------------------------


def test_children_write_to_their_logs_and_may_leave_no_core_file(children: Children, tmp_path: Path) -> None:
    limit = "import resource; print(resource.getrlimit(resource.RLIMIT_CORE))"
    children.start("limits", [sys.executable, "-c", limit])

    log = tmp_path / "logs" / "limits.log"
    assert wait_for(lambda: log.read_text() == "(0, 0)\n")
    assert log.stat().st_mode & 0o077 == 0
    assert resource.getrlimit(resource.RLIMIT_CORE)


def test_what_is_given_comes_by_standard_input(children: Children, tmp_path: Path) -> None:
    children.start("reader", [sys.executable, "-c", "import sys; print(sys.stdin.read()[::-1])"], b"secret")

    assert wait_for(lambda: (tmp_path / "logs" / "reader.log").read_text() == "terces\n")


def test_a_child_that_ends_by_itself_is_told_with_its_log(children: Children) -> None:
    children.start("worker", [sys.executable, "-c", "raise SystemExit(3)"])

    with pytest.raises(ChildError, match=r"The worker ended by itself \(exit code 3\).*worker\.log"):
        children.watch()


def test_waiting_has_an_end(children: Children) -> None:
    children.start("web", SLEEP)

    with pytest.raises(ChildError, match="nobody came"):
        children.wait_until(lambda: False, "nobody came", 0.3)


def test_stopping_ends_all_even_those_that_do_not_listen(tmp_path: Path) -> None:
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); signal.pause()"
    with Children(ENVIRONMENT, tmp_path, stop_seconds=0.5) as found:
        pids = [found.start("good", SLEEP), found.start("deaf", [sys.executable, "-c", deaf])]
        assert wait_for(lambda: (tmp_path / "deaf.log").read_text() == "deaf\n")

    assert not any(is_running(pid) for pid in pids)


def test_a_signal_of_the_service_manager_ends_a_program_in_order() -> None:
    before = signal.getsignal(signal.SIGTERM)

    with pytest.raises(KeyboardInterrupt), stopping_on_signals():
        signal.raise_signal(signal.SIGTERM)

    assert signal.getsignal(signal.SIGTERM) == before


# ---- broker and web server -------------------------------------------------------------------------------------------


def test_the_broker_wants_a_password_and_writes_nothing_down(children: Children, tmp_path: Path) -> None:
    url = start_broker(children, tmp_path / "broker")

    with Redis.from_url(url) as broker, Redis(port=int(url.rsplit(":", 1)[1].split("/")[0])) as stranger:
        broker.set("key", "value")
        assert broker.config_get("bind") == {"bind": "127.0.0.1"}
        with pytest.raises(AuthenticationError):
            stranger.get("key")
    children.stop()
    assert list((tmp_path / "broker").iterdir()) == []
    assert not answers(url)


def test_everything_that_passes_the_broker_is_heard(children: Children, tmp_path: Path) -> None:
    url = start_broker(children, tmp_path / "broker")
    with BrokerWatch(url) as heard, Redis.from_url(url) as broker:
        broker.lpush("queue", "passes by")
        broker.lpop("queue")
        broker.set("text", "stays")
        broker.lpush("list", "stays in a list")
        broker.hset("hash", "field", "stays in a hash")
        broker.sadd("set", "stays in a set")
        broker.zadd("sorted", {"stays sorted": 1})

        assert wait_for(lambda: b"stays sorted" in heard.passed())
        assert b"passes by" in heard.passed()
        assert b"passes by" not in heard.held()
        found = (b"stays", b"stays in a list", b"field", b"stays in a hash", b"stays in a set", b"stays sorted")
        assert all(text in heard.held() for text in found)


def test_a_port_that_is_taken_is_told_before_anything_starts(children: Children) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        assert listens("127.0.0.1", port)
        with pytest.raises(ChildError, match=f"uses port {port} of 127.0.0.1.*fieldveil serve --bind 127.0.0.1:"):
            start_web(children, Settings(_env_file=None, bind=f"127.0.0.1:{port}"))


def test_an_address_of_another_machine_is_told() -> None:
    with pytest.raises(ChildError, match=r"cannot listen on 192\.0\.2\.1:8080 \(.*\)"):
        check_free("192.0.2.1:8080")


@pytest.mark.parametrize("bind", ["127.0.0.1", "127.0.0.1:", ":8080", "127.0.0.1:port", "127.0.0.1:99999"])
def test_an_address_without_a_port_is_refused(bind: str) -> None:
    with pytest.raises(ChildError, match="FIELDVEIL_BIND"):
        address(bind)


@pytest.mark.parametrize(("bind", "found"), [("0.0.0.0:80", ("0.0.0.0", 80)), ("[::1]:8080", ("::1", 8080))])  # noqa: S104
def test_addresses_of_both_kinds_are_read(bind: str, found: tuple[str, int]) -> None:
    assert address(bind) == found


def test_a_child_gets_the_settings_of_its_parent_whatever_the_folder_says(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("FIELDVEIL_PAGE_SIZE=5\n")
    chosen = Settings(_env_file=None, home=tmp_path / "home", page_size=77)
    code = "from backend.settings import Settings; print(Settings().model_dump_json())"

    answer = subprocess.run(
        [sys.executable, "-P", "-c", code], env=child_environment(chosen), cwd=tmp_path, capture_output=True, check=True
    )

    assert Settings.model_validate_json(answer.stdout) == chosen


def test_serve_starts_everything_and_stops_it(tmp_path: Path) -> None:
    port = free_port()
    home = tmp_path / "home"
    chosen = {"FIELDVEIL_HOME": str(home), "FIELDVEIL_BIND": f"127.0.0.1:{port}"}
    program = [sys.executable, "-c", "from workers.cli import main; main(['serve'])"]
    env, told = {**ENVIRONMENT, **chosen}, tmp_path / "told"
    with (
        told.open("wb") as terminal,
        subprocess.Popen(program, env=env, cwd=tmp_path, stdout=subprocess.PIPE, stderr=terminal) as process,
    ):
        try:
            assert wait_for(lambda: listens("127.0.0.1", port), 60)
            children_of = Path(f"/proc/{process.pid}/task/{process.pid}/children")
            assert wait_for(lambda: len(children_of.read_text().split()) == 4, 30)
            pids = [int(pid) for pid in children_of.read_text().split()]
            assert wait_for(lambda: "Nobody" in told.read_text(), 30)
        finally:
            process.terminate()
        said, _ = process.communicate(timeout=60)

    assert process.returncode == 0
    # What the four say of their daily work is for nobody who sits at a terminal.
    first, *others = told.read_text().splitlines()
    assert (said, first) == (b"", f"Serving at http://127.0.0.1:8080 (listening on 127.0.0.1:{port}). Ctrl-C stops it.")
    assert [line.split()[0] for line in others] == ["Links", "Nobody", "Stopping."]
    assert not any(is_running(pid) for pid in pids)
    assert (home / "logs" / "broker.log").exists()
    assert home.stat().st_mode & 0o077 == (home / "fieldveil.sqlite").stat().st_mode & 0o077 == 0
