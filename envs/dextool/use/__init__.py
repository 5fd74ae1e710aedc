"""Use of a tool that is in the hand: its working edge goes where the work is, not as recorded."""
