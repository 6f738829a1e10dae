"""Keeps and serves: settings, store, accounts, pages, API, the letterbox."""
