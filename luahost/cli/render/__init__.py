"""The one place that renders: what the command line shows of values, errors, reloads and sessions."""
