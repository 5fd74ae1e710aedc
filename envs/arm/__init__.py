"""Episodes of an arm in a scene: what actions mean, and what the episodes are made of."""
