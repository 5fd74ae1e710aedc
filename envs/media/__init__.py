"""Pictures and films: ``gl`` finds a way to render, ``film`` records, ``captions`` writes above.

``montage`` puts films one after another into an animated picture.
"""
