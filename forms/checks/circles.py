"""Where answers depend on each other in a circle: ODK Validate says that there is one, and names half the form."""

from collections.abc import Mapping, Sequence

from forms.checks.expression import references
from forms.checks.survey import Item, Survey

_LOGIC = ("relevant", "calculation")


def circle(survey: Survey) -> tuple[Item, ...]:
    """The questions of the first circle, in the order of the form; empty where none is found."""
    needs = {item: _needs(survey, item) for item in survey.items}
    done: set[Item] = set()
    for item in survey.items:
        found = _from(item, needs, done) if item not in done else []
        if found:
            return tuple(sorted(found, key=survey.items.index))
    return ()


def key_of_circle(item: Item, members: Sequence[Item]) -> str:
    """The column of this item in which another one of the circle stands."""
    names = {member.name for member in members}
    return next((key for key in _LOGIC if names & {name for name, _ in references(item.get(key))}), "")


def _needs(survey: Survey, item: Item) -> list[Item]:
    """What has to be known first: the answers its logic names, and whether its group is there."""
    named = (survey.one(name) for key in _LOGIC for name, saved in references(item.get(key)) if not saved)
    return [*(one for one in named if one is not None), *item.above[-1:]]


def _from(start: Item, needs: Mapping[Item, Sequence[Item]], done: set[Item]) -> list[Item]:
    """Follows the needs depth first; a chain that comes back to itself is a circle."""
    chain, open_ends = [start], [iter(needs[start])]
    while open_ends:
        item = next(open_ends[-1], None)
        if item is None:
            done.add(chain.pop())
            open_ends.pop()
        elif item in chain:
            return chain[chain.index(item) :]
        elif item not in done:
            chain.append(item)
            open_ends.append(iter(needs[item]))
    return []
