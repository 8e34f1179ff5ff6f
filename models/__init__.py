"""The systems vitrt runs: their definitions, their training and their exports. See models/README.md."""
