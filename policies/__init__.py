"""Behaviour: what turns observations into commands, written by hand or learned.

``skills`` are what plans are made of, ``agents`` act in environments, ``learn`` trains agents into
``bundles``, ``evaluation`` says how good they are.
"""
