"""Speed as ratios: each module measures the product against another way of doing the same, run in turns."""
