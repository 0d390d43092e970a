"""Reading what people fill in outside the portal: a file → what it says, and everything that is wrong with it.

Nothing here looks at the database or stores anything; ``indicators.actions`` does.
"""
