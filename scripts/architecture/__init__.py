"""The package seen from outside: ``imports`` reads which module imports which."""
