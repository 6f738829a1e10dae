"""Fetches and delivers: tasks, pull, deploy, purge, servers, the simulated phone, the command line."""
