"""Asks: the indicator catalogue, briefs, questionnaires, XLSForms and their recipes."""
