"""The only place that writes SQL. Functions take a session first and hold one query or one transaction."""
