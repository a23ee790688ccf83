"""A stand-in for TikTok: the Content Posting and Display APIs, in memory. For trying Herald and for its tests.

It knows nothing of Herald. What it refuses, and how, is what TikTok documents.
"""
