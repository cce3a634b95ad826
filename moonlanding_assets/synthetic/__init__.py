"""The invented firms of the demo source, written as two managed exports."""
