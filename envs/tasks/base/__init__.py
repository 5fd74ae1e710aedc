"""What families of tasks are made from."""
