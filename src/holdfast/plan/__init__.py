"""Pure planning: from a site and what was observed to a plan."""
