"""`/v1/uploads`: resumable uploads, and files in multipart forms."""
