"""The page of a studio, on viser: what viewers see of a session, and what they ask of it.

``page`` serves it to whom ``guard`` lets in and draws it anew as the session goes on: ``view`` in
3-D, and ``panels``, ``acting``, ``teleop`` and ``editing`` with controls and pieces of ``html``.
"""
