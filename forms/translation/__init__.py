"""Translations of forms: what is missing or doubtful, out to translators and back, and who has read what."""
