"""Starts the parts of the product as processes of their own, and sees to it that none outlives the program."""
