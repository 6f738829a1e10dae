"""docs/accounts.md says of each role what it may do, as it is."""

import accounts_page

from backend.access import Permission


def test_the_table_of_roles_is_made_from_what_they_are_granted() -> None:
    """If not: python tests/unit/accounts_page.py"""
    assert accounts_page.PAGE.read_text(encoding="utf-8") == accounts_page.page()


def test_every_permission_has_words() -> None:
    assert list(accounts_page.MEANINGS) == list(Permission)
