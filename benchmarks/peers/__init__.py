"""Other queues, doing the same work as Herald. Each is a process of its own: `python -m benchmarks.peers NAME …`."""
