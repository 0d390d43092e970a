"""What people take away: files drawn from the same facts as the pages."""
