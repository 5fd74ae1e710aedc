"""A language model solves a task: it proposes, a copy of the world tries, failures go back.

``loop`` runs an ``episode`` of proposals (``proposal``); ``best_first`` samples several; ``memory``
finds what is like the task among earlier ones.
"""
