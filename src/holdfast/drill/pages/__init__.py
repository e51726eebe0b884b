"""The pages of drills: one of each run, one of each drill, one of all drills; legible without colours."""
