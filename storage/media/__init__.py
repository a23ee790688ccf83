"""Bytes of images and videos: what they are, how they are cleaned, where they lie, and their rows."""
