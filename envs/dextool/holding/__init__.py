"""How a hand holds a tool: closings, grasps, and turns in the hand."""
