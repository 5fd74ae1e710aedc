"""From a point cloud to what it affords: how far a tool is open, what opening an object needs."""
