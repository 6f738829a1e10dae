"""KoBoToolbox: its data list paged by `_id`, its history as a feed of changes, and how a form gets there."""
