"""Writes the reference part of docs/cli.md from the commands themselves: python tests/unit/cli_page.py"""

from collections.abc import Iterator
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
    return f"\n### {name}\n\n" + "\n".join(f"```\n{part}\n```\n" for part in _helps(command(name), name))


def _helps(found: click.Command, *words: str) -> Iterator[str]:
    yield _help(found, *words)
    if isinstance(found, click.Group):
        for word, one in found.commands.items():
            yield from _helps(one, *words, word)


def _help(found: click.Command, *words: str) -> str:
    above = commands.make_context("fieldveil", [], resilient_parsing=True)
    group: click.Command = commands
    for place, word in enumerate(words[:-1]):
        group = group.commands[word] if place and isinstance(group, click.Group) else command(word)
        above = click.Context(group, info_name=word, parent=above)
    context = click.Context(found, info_name=words[-1], parent=above, terminal_width=100, max_content_width=100)
    return "\n".join(line.rstrip() for line in found.get_help(context).splitlines())


if __name__ == "__main__":
    by_hand = PAGE.read_text(encoding="utf-8").split(MARK)[0]
    PAGE.write_text(by_hand + reference(), encoding="utf-8")
