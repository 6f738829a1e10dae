"""Reads the YAML that people write by hand into nodes, nothing judged yet: bounded, no part standing for another."""

from collections.abc import Callable, Sequence

import yaml

from forms.sentences import say

MOST_BYTES = 256 * 1024
"""The longest briefs there are take a fifth of it."""
_MOST_NESTED = 20
_MOST_PARTS = 20_000
"""Words and lists: a brief with a thousand enumerators and three thousand areas has half of them."""
# Ten times as fast; not every system has it.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Refuse = Callable[[str, str, str], Exception]
"""Makes the error of a place (`line 3`, or nothing), what is wrong, and what to do."""


def compose(data: bytes, refuse: Refuse, guide: str) -> yaml.MappingNode:
    """The fields of the file. `guide` says where a right one is described."""
    if len(data) > MOST_BYTES:
        what = say("larger than %(most)s kB, and such a file is a few pages", most=MOST_BYTES >> 10)
        raise refuse("", what, guide)
    try:
        text = data.decode("utf-8-sig")
        _check_shape(text, refuse, guide)
        root = yaml.compose(text, Loader=_Loader)
    except UnicodeDecodeError:
        raise refuse("", say("not in UTF-8"), say("Save it as UTF-8")) from None
    except yaml.YAMLError as error:
        mark: yaml.Mark | None = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}" if mark else ""
        problem = str(getattr(error, "problem", None) or "")
        lines = text.rstrip().split("\n")
        cut_off = mark is not None and mark.line >= len(lines)
        problem = "end of stream" if cut_off else problem
        raise refuse(place, *_unreadable(problem, _begins_with_tab(lines, mark), guide)) from None
    if not isinstance(root, yaml.MappingNode):
        raise refuse("", say("holds no fields"), guide)
    return root


def _check_shape(text: str, refuse: Refuse, guide: str) -> None:
    """Before a tree is made: the tree in C brings the whole process down where it is deep enough."""
    depth = 0
    for number, event in enumerate(yaml.parse(text, Loader=_Loader)):
        if number > _MOST_PARTS:
            raise refuse("", say("more than %(most)s words and lists", most=f"{_MOST_PARTS:,}"), guide)
        mark = event.start_mark
        place = f"line {mark.line + 1}" if mark else ""
        if isinstance(event, yaml.AliasEvent):
            raise refuse(place, say("one part stands for another (*name)"), say("Write it out at each place"))
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _MOST_NESTED:
            raise refuse(place, say("one part stands inside another again and again"), guide)


def _begins_with_tab(lines: Sequence[str], mark: yaml.Mark | None) -> bool:
    line = lines[mark.line] if mark and mark.line < len(lines) else ""
    return "\t" in line[: len(line) - len(line.lstrip())]


def _unreadable(problem: str, tab: bool, guide: str) -> tuple[str, str]:
    """What people do to a file, in their words: how the reader of YAML calls it helps nobody."""
    if tab:
        return say("a tab stands before the text"), say("Put spaces in its place, as many as in the lines around it")
    if "end of stream" in problem:
        return say("a quotation mark or a bracket is opened and never closed"), say("Close it, or take it away")
    if "mapping values are not allowed" in problem:
        return (
            say("a colon stands inside a text, or the line is indented too far"),
            say("Put the text between quotation marks, or move the line to the left"),
        )
    return say("not readable as YAML (%(text)s)", text=problem or say("it cannot be understood")), guide
