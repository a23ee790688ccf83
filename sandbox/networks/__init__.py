"""Stand-in networks: small, strict and stateful servers that speak a real network's protocol."""
