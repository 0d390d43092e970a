"""What people hand in as files, read without a database: cells first, then what they say."""
