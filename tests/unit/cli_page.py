"""Writes the reference part of docs/cli.md from the commands themselves: python tests/unit/cli_page.py"""

from importlib import import_module
from pathlib import Path

import click

from workers.cli.entry import COMMANDS, commands

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"
MARK = "## Reference\n"


def command(name: str) -> click.Command:
    module, function, _ = COMMANDS[name]
    found: click.Command = getattr(import_module(module), function)
    return found


def words_of_all() -> list[tuple[str, ...]]:
    groups = {name: found for name in COMMANDS if isinstance(found := command(name), click.Group)}
    return [
        *((name,) for name in COMMANDS),
        *((name, inner) for name, group in groups.items() for inner in group.commands),
    ]


def reference() -> str:
    return "".join([MARK, *(_section(name) for name in COMMANDS)])


def _section(name: str) -> str:
    found = command(name)
    inner = list(found.commands.items()) if isinstance(found, click.Group) else []
    parts = [_help(found, name), *(_help(one, name, word) for word, one in inner)]
    return f"\n### {name}\n\n" + "\n".join(f"```\n{part}\n```\n" for part in parts)


def _help(found: click.Command, *words: str) -> str:
    above = commands.make_context("fieldveil", [], resilient_parsing=True)
    for word in words[:-1]:
        above = click.Context(command(word), info_name=word, parent=above)
    context = click.Context(found, info_name=words[-1], parent=above, terminal_width=100, max_content_width=100)
    return "\n".join(line.rstrip() for line in found.get_help(context).splitlines())


if __name__ == "__main__":
    by_hand = PAGE.read_text(encoding="utf-8").split(MARK)[0]
    PAGE.write_text(by_hand + reference(), encoding="utf-8")
