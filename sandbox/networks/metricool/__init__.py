"""A stand-in for Metricool: brands, a planner that publishes by itself, and its store for files.

Everything lives in memory. `app.running` starts it inside a test, `python -m sandbox.networks.metricool` as a process.
"""
