"""The page of the studio: what is drawn, the panels beside it, and who may connect.

``page`` puts a page together, ``view`` draws the moments of a session in three dimensions, and
``guard`` decides who is let in.
"""
