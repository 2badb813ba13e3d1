"""Text files: detect and decode their encodings."""
