"""What OpenStack's services share: settings, the way they are served, their units and their role."""
