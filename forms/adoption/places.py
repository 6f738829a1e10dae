"""Where the questions and answers of our form are in a form that was made from it."""

from collections.abc import Iterable

from forms.checks.expression import references
from forms.checks.media import csv_of
from forms.checks.survey import Item, Survey
from forms.diff import Aliases

_CODE = "name"


class Places:
    """A question is the same where it has the same name, or a declared new one, the same kind, and as many repeats."""

    def __init__(self, standard: Survey, edited: Survey, aliases: Aliases) -> None:
        self.standard, self.edited, self._aliases = standard, edited, aliases
        self.order = {item.path: number for number, item in enumerate(edited.items)}

    def ours(self, path: str) -> Item | None:
        return self.standard.one(path.rpartition("/")[2])

    def theirs(self, path: str) -> Item | None:
        """None when it is not there as the same question."""
        before = self.ours(path)
        after = self.edited.one(self.renamed(before.name)) if before else None
        if before is None or after is None or before.kind != after.kind:
            return None
        return after if len(before.repeats) == len(after.repeats) else None

    def path(self, path: str) -> str:
        """'' when it is not there as the same question."""
        found = self.theirs(path)
        return "/".join(found.path[1:]) if found else ""

    def repeat(self, path: str) -> str:
        found = self.theirs(path)
        return "/".join(found.repeats[-1].path[1:]) if found and found.repeats else ""

    def renamed(self, name: str) -> str:
        return self._aliases.questions.get(name, name)

    def codes(self, path: str, codes: Iterable[str]) -> dict[str, str]:
        """Our code to theirs, of the answers that are still offered."""
        before, after = self.ours(path), self.theirs(path)
        if before is None or after is None:
            return {}
        renamed = self._aliases.choices.get(before.list_name, {})
        offered = self._offered(after)
        same = {code: renamed.get(code, code) for code in codes}
        return {code: to for code, to in same.items() if offered is None or to in offered}

    def _offered(self, item: Item) -> frozenset[str] | None:
        """None where the choices cannot be known: they are in a file that is not at hand, or a line works them out."""
        if not item.is_select:
            return None
        if not item.file:
            found = self.edited.lists.get(item.list_name)
            return found.codes if found else frozenset()
        table = csv_of(self.edited, item.file)
        return frozenset(table.columns[_CODE]) if table and _CODE in table.columns else None


def guards(item: Item, gate: frozenset[str]) -> frozenset[str]:
    """The questions of the gate that it waits for, itself or with a group around it."""
    rules = (one.get("relevant") for one in (*item.above, item))
    return frozenset(name for rule in rules for name, _ in references(rule)) & gate
