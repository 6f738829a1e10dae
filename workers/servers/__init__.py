"""One module a kind of server. What KoBoToolbox, ODK Central and the letterbox call things stops here."""
