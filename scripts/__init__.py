"""The ``habilis`` command: one command a file, found by its docstring.

``shared`` has what several commands use.
"""
