"""From a scene to the model that MuJoCo steps, and from names to places in its arrays."""
