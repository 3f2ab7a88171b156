"""What `export` writes: the record that every format tells of, and a module for each format."""
