"""What protects people: pseudonyms, coarse time, and (issue D) the control of released tables."""
