"""Tools in the hand: ``habilis/<Tool>Aperture-v0`` and, all six, ``habilis/ToolsAperture-v0``."""
