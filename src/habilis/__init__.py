"""Robots that learn to use tools in simulation, and programs that compose what they learned.

Importing it makes the tasks known to Gymnasium: ``gymnasium.make("habilis/ReachMilk-v0")``.
"""

from habilis.envs.media.broken_gl import import_without as _import_without

__version__ = "0.1.0"

_import_without()
