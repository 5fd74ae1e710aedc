"""Skills after which a hand tool is no longer in the hand: taking the fingers off, and clipping."""
