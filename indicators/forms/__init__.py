"""What people type about score sheets: parsed here, decided by the actions."""
