"""What of a world is seen: pictures, depth, point clouds, and views for people."""
