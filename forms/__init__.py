"""Asks: the indicator catalogue and its overlays, briefs, questionnaires, XLSForms with their checks and recipes."""
