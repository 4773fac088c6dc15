"""`python -m twofold WORD …`: the same as `twofold WORD …`."""

from twofold.commands.main import main

main()
