"""Resumable uploads: files that clients send in parts."""
