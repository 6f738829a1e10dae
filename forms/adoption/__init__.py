"""A version that somebody published by hand: what of our mapping still reads it, and what keeps it from being read."""

from forms.adoption.derive import adopt
from forms.adoption.model import Adoption, Left, Obstacle, Obstructed

__all__ = ["Adoption", "Left", "Obstacle", "Obstructed", "adopt"]
