"""Scene files: reads and writes scenes as YAML, with an error for each line that is wrong."""
