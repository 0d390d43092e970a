"""HOW IT IS SHOWN: facts, dashboards, report runs, PDF and XLSX."""
