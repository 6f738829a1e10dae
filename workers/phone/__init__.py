"""A simulated phone: fetches forms, fills them with the engine inside Collect, and posts them as Collect does."""
