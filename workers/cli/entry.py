"""The entrance: lists the commands without loading them, and turns every error into a message and an exit code.

0 is good, 1 is an error or a finding, 2 is a wrong use of the command line.
"""

import sys
from collections.abc import Sequence
from importlib import import_module

import click

from workers.messages import explain

# Name -> (module, function, what it does). Said here, so that `--help` need not import the program.
COMMANDS: dict[str, tuple[str, str, str]] = {
    "demo": ("workers.cli.demo", "demo", "Show the whole product on this machine, with invented phones"),
    "catalogue": ("workers.cli.catalogue", "catalogue", "Look at, check, export and change the indicator catalogue"),
    "overlay": ("workers.cli.overlay", "overlay", "Adapt the catalogue to a country, and see what stays comparable"),
    "areas": ("workers.cli.areas", "areas", "Import the areas and sites of a country, and see what would change"),
    "form": ("workers.cli.form", "form", "Build a form from a brief, and give it to phones"),
    "fill": ("workers.cli.fill", "fill_form", "Pretend to be phones: fetch a form, fill it and send it"),
    "pull": ("workers.cli.pull", "pull", "Read what phones sent, now and in this process"),
    "server": ("workers.cli.server", "server", "Register KoboToolbox and ODK Central, and say which forms are there"),
    "status": ("workers.cli.status", "status", "Show what was posted, read, stored and refused"),
    "conflict": ("workers.cli.conflict", "conflict", "Decide about submissions that came twice with different content"),
    "keys": ("workers.cli.keys", "keys", "List the keys of letters, and give up one that is lost"),
    "purge": ("workers.cli.purge", "purge", "Delete raw answers where phones sent them, with a proof"),
    "withdraw": ("workers.cli.withdraw", "withdraw", "Remove the answers of an informant who asks for it with a code"),
    "export": ("workers.cli.export", "export", "Write the answers of a survey as CSV, for IM officers only"),
    "serve": ("workers.cli.serve", "serve", "Start the web server, and what it needs on this machine"),
    "worker": ("workers.cli.serve", "worker", "Start a worker, which reads what phones sent"),
    "doctor": ("workers.cli.doctor", "doctor", "Check this installation and say what to mend"),
    "users": ("workers.cli.users", "users", "Make accounts and one-time links to sign in with"),
    "phones": ("workers.cli.phones", "phones", "Give phones their QR codes, and take them back"),
}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module, function, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(module), function)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in COMMANDS:
            raise click.UsageError(f"There is no command '{name}'. `fieldveil --help` lists them.", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in COMMANDS.items()])


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Each command explains itself: fieldveil COMMAND --help. Settings: docs/settings.md.",
)
@click.version_option(package_name="fieldveil", message="Fieldveil %(version)s")
def commands() -> None:
    """Forms from a counter-trafficking indicator catalogue; answers stripped of identifiers and mapped."""


def main(arguments: Sequence[str] | None = None) -> None:
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """The exit code. Nobody sees a traceback: it could quote what was being read."""
    try:
        result = commands.main(args=arguments, prog_name="fieldveil", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        return 1
    except BrokenPipeError:
        return _reader_gone()
    except Exception as error:  # noqa: BLE001 (the last door: kind and place of a mistake, never its text)
        click.echo(explain(error), err=True)
        return 1
    return result if isinstance(result, int) else 0


def _reader_gone() -> int:
    """`fieldveil ... | head`: nothing more can be written, not even at exit."""
    sys.stdout = None
    return 1
