"""The only way out for files of answers. No disclosure control yet: all of them are marked internal."""
