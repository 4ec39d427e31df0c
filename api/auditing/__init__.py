"""What compliance may look at, each look under today's right and on record."""
