"""What jog, home and stop-test share: first motions of joints, and of a base."""
