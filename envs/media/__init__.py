"""Pictures and films: ``gl`` finds a way to render, ``film`` records, ``captions`` writes below."""
