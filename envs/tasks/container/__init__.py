"""Containers and scoops: grains are poured, carried and fetched, one family a file."""
