"""A hand alone with an object to turn in it: shapes with their symmetries, and the scene."""
