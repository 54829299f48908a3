"""`python -m luahost`: the command line, where its script is not on the path."""

from luahost.cli.main import main

main()
