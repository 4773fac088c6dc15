"""The one exception whose text is for the operator. It imports nothing, because every command starts from it."""


class Unfit(Exception):
    """Things are not fit for what was asked; the text says what to change. Never holds a secret."""
