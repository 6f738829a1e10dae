"""What protects people in what is kept: keyed pseudonyms, and months instead of days."""
