"""What stands beside the domain and the services."""
