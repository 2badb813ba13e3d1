"""`/v1/uploads`: resumable uploads; and parsing of multipart forms."""
