"""Kinds of articulated tools, one file each: geometry, sizes, and what is known of using them.

Every subclass of ``ToolFamily`` that a file here defines is a tool; nothing else lists them.
"""
