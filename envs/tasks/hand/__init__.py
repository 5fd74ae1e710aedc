"""A hand that holds an articulated tool, one family a file."""
