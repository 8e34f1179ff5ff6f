"""What trained models score through vitrt, beside PyTorch, on clean and on disturbed images: models/RESULTS.md."""
