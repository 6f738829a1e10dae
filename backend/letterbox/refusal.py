"""The one way the letterbox says no: a code of the message catalogue, and nothing of what was sent."""

from backend.letterbox.messages import Say


class Refusal(Exception):  # noqa: N818 (a decision that is answered, not a fault of the program)
    def __init__(self, say: Say) -> None:
        super().__init__(say.value)
        self.say = say
