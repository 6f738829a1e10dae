"""`fieldveil fill`: simulated phones against any letterbox, for trying out a form and its server."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import click

from backend.settings import settings
from workers.cli.credentials import ask_credentials
from workers.cli.generating import weights_in, weights_option
from workers.cli.output import as_json, note, print_json, print_table, progress_bars, say
from workers.cli.store import today
from workers.net import NetError
from workers.phone.fill import FillReport, fill
from workers.phone.fillers import Effort
from workers.phone.interviews import Survey
from workers.reach import Reach


@click.command("fill")
@click.option(
    "--url", "urls", multiple=True, required=True, help="The address in a phone's QR code; may be given again."
)
@click.option(
    "--submissions", type=click.IntRange(1, 1_000_000), default=50, show_default=True, help="How many interviews."
)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed sends the same interviews.")
@click.option("--form", "form_id", default="", help="Which form, where the phone may fill several.")
@click.option("--phones", type=click.IntRange(1, 50), default=6, show_default=True, help="How many send at once.")
@click.option(
    "--days", type=click.IntRange(0, 365), default=0, show_default=True, help="Interviews lie so many days back."
)
@click.option(
    "--allow-host", "hosts", multiple=True, help="A host, besides this machine, that may get invented answers."
)
@click.option(
    "--account-file",
    "account_files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Sign in with ACCOUNT=… SECRET=… of this private file, as enumerators do on KoBoToolbox; may be given again.",
)
@click.option("--recorded", is_flag=True, help="Send recorded interviews of the demo form, without the form engine.")
@click.option(
    "--fast",
    is_flag=True,
    help="Vary what is sent from interviews that the engine filled, as it is done above 400 without being asked.",
)
@weights_option
@click.option(
    "--plain-xml",
    is_flag=True,
    help="Write no comments and processing instructions into the XML: KoBoToolbox answers 500 to them.",
)
@as_json
def fill_form(
    urls: tuple[str, ...],
    submissions: int,
    seed: int,
    form_id: str,
    phones: int,
    days: int,
    hosts: tuple[str, ...],
    account_files: tuple[Path, ...],
    recorded: bool,
    fast: bool,
    weights: Path | None,
    plain_xml: bool,
    as_json: bool,
) -> int:
    """Fetch a form as a phone does, fill it with the engine inside ODK Collect, and send invented answers.

    Refused, unsure and faulty interviews come in the shares that field teams know; uploads break off, are sent twice
    and are edited. Invented names and numbers are put in every place where they must not be kept.
    """
    _check_hosts(urls, hosts)
    if recorded and (fast or weights):
        raise click.UsageError(
            "Recorded interviews are sent as they are: leave out --recorded, or --fast and --weights"
        )
    named = frozenset(host.lower() for host in hosts)
    reach = Reach(hosts=named, this_machine=True, authorities=settings().server_authorities)
    accounts = [ask_credentials(file) for file in account_files]
    told = weights_in(weights)
    survey = Survey(submissions, seed, today(), days, plan=told.changes if told else {}, plain_xml=plain_xml)
    usual = Effort(engine=not recorded, weights=told)
    effort = replace(usual, most=0) if fast else usual
    with progress_bars() as tell, _remedy():
        report = fill(
            urls,
            survey,
            reach=reach,
            phones=phones,
            form_id=form_id,
            accounts=accounts,
            effort=effort,
            progress=tell,
        )
    if as_json:
        print_json(record(report))
    else:
        _show(report)
    return 0 if report.posted == report.submissions and report.echoes == 0 else 1


def _check_hosts(urls: tuple[str, ...], hosts: tuple[str, ...]) -> None:
    """Invented answers in a real round would be worse than none."""
    allowed = {"127.0.0.1", "localhost", "::1", *(host.lower() for host in hosts)}
    if any(urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname for url in urls):
        raise click.UsageError("--url is no address. It is what a phone's QR code holds: https://…/letterbox/…")
    foreign = sorted({urlsplit(url).hostname or "" for url in urls} - allowed)
    if foreign:
        raise click.UsageError(
            f"The answers are invented. To send them to {foreign[0]} all the same, name it: --allow-host {foreign[0]}"
        )


@contextmanager
def _remedy() -> Iterator[None]:
    """What to do when nobody answers: the address is wrong, or nothing runs there."""
    try:
        yield
    except NetError as error:
        if error.status == 401:
            raise click.ClickException(
                f"{error}. KoBoToolbox wants an account that may send: --account-file FILE with ACCOUNT=… and SECRET=…,"
                f" the password and not the token"
            ) from None
        if error.status == 403:
            raise click.ClickException(
                "The server does not know this phone, or its code was taken back. Make a new one (`fieldveil phones"
                " add` or `new-qr`), and give the whole address that it prints"
            ) from None
        if error.status is not None:
            raise
        raise click.ClickException(
            f"{error}. Is --url the address of the phone's QR code, whole? Does the server run (`fieldveil serve`"
            f" starts the letterbox)? What was sent before is there: the same --seed sends it again, and it counts once"
        ) from None


def record(report: FillReport) -> dict[str, object]:
    fields = ("form_id", "version", "submissions", "posted", "kept", "counts", "endings", "misfits", "wrong_clocks")
    return {
        **{name: getattr(report, name) for name in fields},
        "sent_back": report.echoes,
        "filled_by": report.source.value,
        "phones": report.phones,
        "seconds": report.seconds,
    }


def _show(report: FillReport) -> None:
    say(f"Form {report.form_id}, version {report.version}. {report.note}")
    sent = [(name.replace("_", " "), count) for name, count in report.counts.items()]
    endings = [(f"interviews: {name.replace('_', ' ')}", count) for name, count in report.endings.items()]
    misfits = [("answers that do not fit", sum(report.misfits.values())), ("wrong clocks", report.wrong_clocks)]
    print_table(("what the phones did", "count"), [*endings, *misfits, *sent], numbers=(1,))
    say(f"{report.posted} of {report.submissions} interviews were taken, in {report.seconds} seconds.")
    for nature, count in report.kept.items():
        note(f"{count} stay on the phones: the server said '{nature}'.")
    if report.echoes:
        note(f"The server sent {report.echoes} identifiers back to the phones. It must not.")
