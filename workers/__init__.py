"""Fetches and delivers: tasks, pull, servers, the phone, the command line."""
