"""What every connector does whatever its system is like: one suite for all, the hostile one included."""
