"""`fieldveil form`: from a brief to the files of a form, and on to phones."""

from pathlib import Path

import click

from backend.store import form_list
from backend.store.engine import reading
from forms import demo
from forms.brief import as_workbook, as_yaml
from forms.writing import write_below, write_file
from mappings.language import dump
from workers.cli.adopt import adopt_version
from workers.cli.building import build_brief, tell_built, with_overlay
from workers.cli.changes import conform_form, diff_forms
from workers.cli.close import close_form
from workers.cli.deploy import deploy_form
from workers.cli.drift import form_drift
from workers.cli.form_check import check_one
from workers.cli.form_fill import fill_file
from workers.cli.form_papers import form_dictionary, print_form
from workers.cli.output import as_json, note, print_json, print_table, say
from workers.cli.store import opened
from workers.cli.translate import translate

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_NEW_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group(
    epilog="A brief says what is asked, where, by whom and what for. Begin with: form brief-template FILE.xlsx"
)
def form() -> None:
    """Build a form from a brief, and give it to phones."""


@form.command("brief-template")
@click.argument("file", type=_NEW_FILE)
def brief_template(file: Path) -> None:
    """Write an example brief to FILE (.xlsx or .yaml), to be filled in."""
    write = as_workbook if file.suffix.lower() == ".xlsx" else as_yaml
    write_file(file, write(demo.brief()))
    say(f"Written: {file}. It is the brief of the demo; put your own answers in its place.")
    note("Before a deploy, write the day on which the referral pathway was verified into referral_verified_on.")


@form.command("build")
@click.argument("brief", type=_FILE)
@click.option("--out", type=_FOLDER, default=Path("form"), show_default=True, help="The folder to write to.")
@click.option("--form-id", default="", help="Another form_id than the brief's.")
@with_overlay
@as_json
def build_form(brief: Path, out: Path, form_id: str, overlay: Path | None, as_json: bool) -> None:
    """Write the form of BRIEF (YAML or XLSX): XLSX, XForm, area lists and mapping, into a folder."""
    with opened() as context:
        built = build_brief(context, brief, overlay=overlay, form_id=form_id)
    files = {
        f"{built.form_id}.xlsx": built.xlsx,
        f"{built.form_id}.xml": built.xform,
        "mapping.yaml": dump(built.mapping).encode(),
        **{f"media/{name}": content for name, content in built.media.items()},
    }
    for name, content in files.items():
        write_below(out, name, content)
    if as_json:
        about = {"form_id": built.form_id, "version": built.version, "minutes": built.minutes, "notes": built.notes}
        print_json({**about, "files": [str(out / name) for name in files]})
        return
    for name in files:
        say(str(out / name))
    tell_built(built)


form.add_command(deploy_form)
form.add_command(check_one)
form.add_command(fill_file)
form.add_command(close_form)
form.add_command(form_drift)
form.add_command(adopt_version)
form.add_command(diff_forms)
form.add_command(conform_form)
form.add_command(print_form)
form.add_command(form_dictionary)
form.add_command(translate)


@form.command("list")
@as_json
def list_forms(as_json: bool) -> int:
    """List the forms, with their state and version."""
    with opened() as context, reading(context.engine) as session:
        found = form_list.forms(session)
    rows = [
        {
            "form": one.form_id,
            "title": one.title,
            "survey": one.survey_id,
            "server": one.server,
            "state": one.state,
            "version": one.current_version,
            "practice": one.practice,
        }
        for one in found
    ]
    if as_json:
        print_json(rows)
    elif rows:
        print_table(tuple(rows[0]), [tuple(row.values()) for row in rows])
    else:
        note("There is no form yet: fieldveil form deploy BRIEF")
    return 0
