"""The only way out: every answer that leaves passes here."""
