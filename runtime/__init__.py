"""Process plumbing without astronomy: settings, logs, metrics, databases, shutdown."""
