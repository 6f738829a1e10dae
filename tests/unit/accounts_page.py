"""Writes the table of roles in docs/accounts.md from what they are granted: python tests/unit/accounts_page.py"""

from pathlib import Path

from backend.access import GRANTS, NEED_SECOND_FACTOR, Permission, Role

PAGE = Path(__file__).parents[2] / "docs" / "accounts.md"
BEGIN = "| role | may | second factor |\n"
END = "\n## "
MEANINGS = {
    Permission.SEE_WORK: "see the monitor: what came in, from where, what was refused or did not fit",
    Permission.SEE_FORMS: "see forms and the catalogue",
    Permission.MAKE_FORMS: "make drafts and give forms to phones",
    Permission.MANAGE_PHONES: "make and revoke QR codes",
    Permission.SEE_ANSWERS: "see answers by indicator",
    Permission.EXPORT_ANSWERS: "export them (with all areas only)",
    Permission.SEE_INBOX: "read the inbox and the legend of the own teams",
    Permission.SEE_PROTECTION: "see monthly counts of distress and of what was done after a disclosure",
    Permission.SEE_SERVERS: "see servers and whether a form equals its server",
    Permission.MANAGE_SERVERS: "register servers and enter their credentials",
    Permission.DECIDE_LOSSES: "decide about submissions that disappeared or came twice",
}


def table() -> str:
    return BEGIN + "|---|---|---|\n" + "".join(map(_row, Role))


def _row(role: Role) -> str:
    may = "; ".join(MEANINGS[one] for one in Permission if one in GRANTS[role])
    return f"| `{role}` | {may} | {'yes' if role in NEED_SECOND_FACTOR else 'no'} |\n"


def page() -> str:
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    return before + table() + END + rest.split(END, 1)[1]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
