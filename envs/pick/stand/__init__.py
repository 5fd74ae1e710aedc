"""Tools that wait in a stand: the hand takes one, then picks with it."""
