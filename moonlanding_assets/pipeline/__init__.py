"""WHEN: assets, checks and jobs. The only code, beside definitions.py, that knows Dagster."""
