"""Process plumbing without astronomy: settings, logs, progress, the embedded database. Imports nothing of ours."""
