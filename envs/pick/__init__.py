"""Picking small things with a tool that a hand on an arm already holds."""
