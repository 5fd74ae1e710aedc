"""What a tool did, measured by physics: nails driven, ink, what was wiped off, beads swept."""
