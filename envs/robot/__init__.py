"""The robot as an interface, frames of what it holds, and what it can do, measured."""
