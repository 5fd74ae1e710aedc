"""What happened in a world and what it counts for: contacts and their doings, goals, failures."""
