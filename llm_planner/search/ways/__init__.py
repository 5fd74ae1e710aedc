"""Ways to a goal with what is held: pressing from above, pouring, and levering up.

Each module proposes options for one kind of goal, from geometry alone, and none knows the others.
"""
