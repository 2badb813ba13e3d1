"""Unpack compressed files and archives."""
