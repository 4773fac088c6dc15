"""The one exception whose text is for the operator. It imports nothing, because every command starts from it."""


class Unfit(Exception):  # noqa: N818 -- it is a message to the operator, not a fault of ours
    """Things are not fit for what was asked; the text says what to change. Never holds a secret."""
