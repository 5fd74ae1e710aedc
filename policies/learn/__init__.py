"""Training with Stable-Baselines3: configuration, run, checkpoint, bundle."""
