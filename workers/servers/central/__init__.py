"""ODK Central: its sign-in, its list of submissions as the truth, its answers, and how a form gets there."""
