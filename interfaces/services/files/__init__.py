"""Files that the service keeps: blobs and copies of uploaded sources."""
