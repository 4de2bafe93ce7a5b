"""The durable runner: jobs are run by recipes whose steps are recorded, bounded, retried and reported in one place."""
