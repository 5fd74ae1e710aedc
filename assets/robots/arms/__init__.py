"""Lean arms, one JSON file each: see ``habilis.assets.robots.arm.LeanArm`` for what is in them."""
