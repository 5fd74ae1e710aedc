"""The ground that robots learn to walk on."""
