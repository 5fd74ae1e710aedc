"""Skills of robots that walk."""
