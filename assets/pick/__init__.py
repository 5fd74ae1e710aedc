"""Things to pick with a tool, and the scene in which an arm, a hand and a tool pick them."""
