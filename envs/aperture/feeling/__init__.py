"""The opening of a held tool as a hand feels it or a camera tells it, and a memory of both."""
