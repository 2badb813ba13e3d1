"""From the bytes of a CSV file to text that the fast reading can rely on."""
