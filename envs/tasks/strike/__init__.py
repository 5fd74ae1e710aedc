"""Strike and press: a blow or a weight does what a push cannot, one family a file."""
