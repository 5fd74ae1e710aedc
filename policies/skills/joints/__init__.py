"""What is on a joint, as a drawer, a door or a lid: where it stands, and how a hand moves it."""
