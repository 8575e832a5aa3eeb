"""Monitor: live, KPI, roll-out, cost and saving, drift, diversity."""
