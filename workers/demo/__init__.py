"""The demo: the whole product on one machine with invented phones, and the proof that nothing of a person stays."""
