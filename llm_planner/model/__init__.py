"""Clients of language models: one protocol in ``client``, and ``make`` for what a string names.

``provider`` is an endpoint (with ``retry``), ``file`` a person or program, ``recorder`` a
recording; ``budget`` bounds what any of them may spend, ``schema`` checks answers.
"""
