"""Small pytest plugins of the house."""
