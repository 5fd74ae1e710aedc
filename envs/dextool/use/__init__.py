"""Using a tool that is in the hand: its working edge goes where the work is, whatever was recorded."""
