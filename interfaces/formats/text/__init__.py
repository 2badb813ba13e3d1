"""Text files: encodings and their detection."""
