"""HTTP knocks: one ASGI application."""
