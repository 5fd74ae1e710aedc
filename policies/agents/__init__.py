"""Agents of the vector environments: scripted, with privileged knowledge, or learned.

``base`` makes an agent by name; each other file is one family of agents.
"""
