"""Arithmetic on positions for programs that have no numpy; runs inside the sandbox as it stands.

Every function takes (x, y, z) or [x, y, z] and leaves its arguments alone. The names are long
because a program's own ``distance = 0.1`` would collide with a function of that name.
"""

import math

Vector = tuple[float, float, float]
VectorLike = tuple[float, float, float] | list[float] | list[int]


def vec(x: float, y: float, z: float) -> Vector:
    """The vector (x, y, z)."""
    return (float(x), float(y), float(z))


def vec_add(a: VectorLike, b: VectorLike) -> Vector:
    """a + b, component by component; note that + on two tuples joins them instead."""
    return (a[0] + b[0], a[1] + b[1], a[2] + b[2])


def vec_sub(a: VectorLike, b: VectorLike) -> Vector:
    """a - b, component by component."""
    return (a[0] - b[0], a[1] - b[1], a[2] - b[2])


def vec_scale(a: VectorLike, factor: float) -> Vector:
    """factor * a; note that * on a tuple repeats it instead."""
    return (a[0] * factor, a[1] * factor, a[2] * factor)


def vec_dot(a: VectorLike, b: VectorLike) -> float:
    """Inner product of a and b."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def vec_norm(a: VectorLike) -> float:
    """Length of a."""
    return math.sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2])


def vec_distance(a: VectorLike, b: VectorLike) -> float:
    """Distance between the points a and b."""
    return vec_norm(vec_sub(a, b))


def vec_unit(a: VectorLike) -> Vector:
    """a scaled to length 1; ValueError if its length is 0."""
    length = vec_norm(a)
    if length == 0:
        raise ValueError("vec_unit: the vector has length 0")
    return vec_scale(a, 1 / length)


def vec_between(a: VectorLike, b: VectorLike, part: float = 0.5) -> Vector:
    """The point that lies ``part`` of the way from a to b."""
    return vec_add(a, vec_scale(vec_sub(b, a), part))


def vec_clamp(a: VectorLike, lower: VectorLike, upper: VectorLike) -> Vector:
    """a with every component brought between lower and upper."""
    return (
        min(max(a[0], lower[0]), upper[0]),
        min(max(a[1], lower[1]), upper[1]),
        min(max(a[2], lower[2]), upper[2]),
    )
